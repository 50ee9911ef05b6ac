"""Times training and classification beside what their arithmetic alone would take.

    benchmark --n_way=5,20 --queries=5,10 --augmented=3,all --json=benchmark.json

On glyphs of 28 x 28 pixels, 1-shot. The model's own flags apply too.

Flags:
"""

import dataclasses
import pathlib
import shlex
import sys

from metanet_tf.commands import command
from metanet_tf.config import BenchmarkConfig, ModelConfig
from metanet_tf.speed.cases import benchmark_cases
from metanet_tf.utils.files import write_json
from metanet_tf.utils.flag_settings import from_flags
from metanet_tf.utils.versions import versions


def main() -> None:
    """Entry point of `bin/benchmark` and `metanet-benchmark`."""
    configs = [BenchmarkConfig, ModelConfig]
    command.run(
        lambda: benchmark(from_flags(BenchmarkConfig), from_flags(ModelConfig)),
        configs,
        __doc__,
    )


def benchmark(config: BenchmarkConfig, model: ModelConfig) -> None:
    """Measures what `config` asks for, prints tables and writes the JSON file.

    Raises:
        InputError: if a list cannot be read, a task has too many classes or queries,
            or the model is of second order.
        OSError: if the JSON file cannot be written.
    """
    cases = benchmark_cases(config, model)

    # TensorFlow takes seconds to import: only once the settings are found good.
    with command.quiet_import():
        from metanet_tf.speed.suite import Suite
    figures = Suite(config, model, cases).run()
    if config.json:
        record = {
            **figures,
            "config": dataclasses.asdict(config),
            "command": shlex.join(sys.argv),
            "versions": versions(),
        }
        write_json(pathlib.Path(config.json), record)
        print(f"\nWritten to {config.json}")

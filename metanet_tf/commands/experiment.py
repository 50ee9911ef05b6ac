"""Makes one of the paper's tables or figures: trains, tests and shows.

    experiment --name=table1 --budget_minutes=600 --out=experiments/table1

Writes results.json, table.md and, for a figure, plot.png into --out. Runs go into
--runs_dir, where other experiments find them. The same command goes on where it
stopped; ^C saves. What is finished is not done again.

Flags:
"""

import shlex
import sys

from metanet_tf.commands import command
from metanet_tf.commands.presets import find_flag_file, preset_names
from metanet_tf.config import ExperimentConfig, run_config_from_file
from metanet_tf.training.interruption import Interrupted
from metanet_tf.utils.flag_settings import from_flags


def main() -> None:
    """Entry point of `bin/experiment` and `metanet-experiment`."""
    configs = [ExperimentConfig]
    command.run(lambda: experiment(from_flags(ExperimentConfig)), configs, __doc__)


def experiment(config: ExperimentConfig) -> int:
    """Runs an experiment, but for what has been done, and shows its table.

    Returns:
        The exit code: 0, or 128 and the signal's number after ^C, SIGTERM or SIGHUP.

    Raises:
        InputError: if there is no such preset, the settings do not fit each other, the
            data or the runs, or a folder cannot be written.
    """
    preset = run_config_from_file(_flag_file(config.preset))

    # TensorFlow takes seconds to import: only once the settings are found good.
    with command.quiet_import():
        from metanet_tf.experiments.run_experiment import run_experiment
    try:
        report = run_experiment(config, preset, shlex.join(sys.argv))
    except Interrupted as interrupted:
        print(interrupted, file=sys.stderr)
        return 128 + interrupted.signal_number
    print(report.table_file.read_text(encoding="utf-8"))
    print(f"Written to {report.results_file.parent}")
    return 0


def _flag_file(preset: str) -> str:
    """The file that --preset names, by itself or without its ending."""
    with_ending = f"{preset}.flags"
    name = with_ending if with_ending in preset_names() else preset
    return find_flag_file(name, flag="preset")

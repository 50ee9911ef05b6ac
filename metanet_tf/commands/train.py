"""Trains a MetaNet, tests it once on unseen classes and exports it.

    train --flagfile=glyphs.flags --train_dir=runs/glyphs

A bare preset name is found in the package; flags after it override it. The same
command goes on where it stopped. ^C, SIGTERM and a lost terminal save.

    train --replay=runs/glyphs/not_finite-7.npz

shows a step again whose loss or gradient was not finite.

Exit codes: 0, done; 2, wrong input, in one message; 3, a loss or gradient that is not
finite; 75, another worker has ended before the run did; 130, 143 and 129, stopped and
saved after ^C, SIGTERM and SIGHUP; 141, nobody reads the output any more.

Flags:
"""

import contextlib
import shlex
import sys
from typing import Any

from metanet_tf.commands import command
from metanet_tf.config import (
    RUN_CONFIGS,
    ReplayConfig,
    RunConfig,
    run_config_from_flags,
)
from metanet_tf.data import check_source
from metanet_tf.training.cluster import WorkerLost, find_cluster
from metanet_tf.training.interruption import Interrupted, interruptible
from metanet_tf.training.run_folder import (
    TEST_RESULTS,
    TRAINING_RESULTS,
    RunFolder,
    is_finished,
)
from metanet_tf.utils.errors import NotFiniteError
from metanet_tf.utils.flag_settings import from_flags

NOT_FINITE = 3

# EX_TEMPFAIL of sysexits.h: a failure that passes when the command is given again.
WORKER_LOST = 75


def main() -> None:
    """Entry point of `bin/train` and `metanet-train`."""
    command.run(_train_or_replay, (*RUN_CONFIGS, ReplayConfig), __doc__)


def _train_or_replay() -> int:
    config = from_flags(ReplayConfig)
    return replay(config) if config.replay else train(run_config_from_flags())


def replay(config: ReplayConfig) -> int:
    """Shows a step again whose loss or gradient was not finite.

    Returns:
        The exit code: 3, or 0 if they are finite this time.

    Raises:
        InputError: if the file cannot be read.
    """
    with command.quiet_import():
        from metanet_tf.training.reproduction import replay
    return 0 if replay(config.replay) else NOT_FINITE


def train(config: RunConfig) -> int:
    """Trains a run, tests and exports it, but for what has been done.

    Returns:
        The exit code: 0; 3 if the loss is not finite any more; 75 if another worker
        has ended before the run did; 128 and the signal's number after a signal.

    Raises:
        InputError: if the settings do not fit each other, the data, or the run
            that is already in the folder, or if that cannot be written.
    """
    folder = RunFolder(config.training.train_dir)
    folder.check(config)
    is_chief = _is_chief(config)
    results = folder.read_results([*TEST_RESULTS, *TRAINING_RESULTS])
    try:
        if results is not None and is_finished(results, config):
            print(f"{folder.path} is finished; more --steps or --minutes continue it.")
        else:
            results = _train_and_test(config)
        if is_chief:
            _print_results(results, folder)
            if not folder.is_exported():
                _export(folder)
    except Interrupted as interrupted:
        print(interrupted, file=sys.stderr)
        return 128 + interrupted.signal_number
    except NotFiniteError as error:
        print(error, file=sys.stderr)
        return NOT_FINITE
    except WorkerLost as lost:
        print(lost, file=sys.stderr)
        return WORKER_LOST
    return 0


def _is_chief(config: RunConfig) -> bool:
    """True unless another worker writes the run's folder."""
    if config.training.strategy != "multi_worker":
        return True
    with _quiet_import(config):  # To read Slurm's variables takes TensorFlow.
        return find_cluster().index == 0


def _train_and_test(config: RunConfig) -> dict[str, Any]:
    check_source(config.data)
    # TensorFlow takes seconds to import: only once the settings are found good.
    with _quiet_import(config):
        from metanet_tf.training.run import train_and_test
    return train_and_test(config, shlex.join(sys.argv))


def _quiet_import(config: RunConfig) -> contextlib.AbstractContextManager:
    split = config.model.base_input == "representation"
    return command.quiet_import(split_operations=split)


def _export(folder: RunFolder) -> None:
    with command.quiet_import():
        from metanet_tf.commands.run_export import export_run
    with interruptible():
        export_run(folder)
    print(f"SavedModel: {folder.export_dir}")


def _print_results(results: dict[str, Any], folder: RunFolder) -> None:
    print(
        f"Test accuracy {results['accuracy']:.2%} ± {results['half_width']:.2%} "
        f"({results['n_way']}-way, {results['episodes']} tasks of unseen classes), "
        f"attention alone {results['attention_accuracy']:.2%}; "
        f"{results['steps']} steps in {results['seconds'] / 60:.1f} minutes.\n"
        f"Results: {folder.results_file}. Curves: tensorboard --logdir={folder.path}"
    )

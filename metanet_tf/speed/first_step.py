"""Time from a training command to its first step."""

import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

_PROGRAM = "from metanet_tf.commands.train import main; main()"
_POLL_SECONDS = 0.02


def seconds_to_first_step(arguments: Sequence[str] = ()) -> float:
    """Starts the training command in a new process and stops it after one step.

    Imports, data, model and tracing are included, and so is writing the checkpoint
    by which the step is seen.

    Args:
        arguments: flags of the command beside its defaults.

    Raises:
        RuntimeError: if the command ends before its first step.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _PROGRAM, f"--train_dir={folder}/run"]
        began = time.perf_counter()
        with subprocess.Popen(
            [*command, "--checkpoint_every=1", *arguments], stderr=subprocess.PIPE
        ) as process:
            try:
                _wait_for(pathlib.Path(folder, "run/checkpoints/ckpt-1.index"), process)
                return time.perf_counter() - began
            finally:
                process.kill()


def _wait_for(checkpoint: pathlib.Path, process: subprocess.Popen) -> None:
    while not checkpoint.exists():
        if process.poll() is not None:
            _, message = process.communicate()
            raise RuntimeError(f"Training ended before a step: {message.decode()}")
        time.sleep(_POLL_SECONDS)

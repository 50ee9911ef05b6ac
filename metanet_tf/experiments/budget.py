"""Training time of each of an experiment's runs."""

import json
import pathlib

from metanet_tf.utils.files import write_json


def minutes_per_run(budget: float, missing: int, folder: pathlib.Path) -> float:
    """Shares `budget` minutes out evenly over the runs that are missing.

    The share is written down: when the same command goes on after an interruption,
    fewer runs are missing, and their share must not grow.

    Args:
        budget: minutes for all runs together, > 0.
        missing: number of runs that are not finished.
        folder: that of the experiment.

    Raises:
        OSError: if the folder cannot be written.
    """
    file = folder / "budget.json"
    if file.exists():
        earlier = json.loads(file.read_text(encoding="utf-8"))
        if earlier["budget_minutes"] == budget:
            return earlier["minutes_per_run"]
    share = budget / max(missing, 1)
    write_json(file, {"budget_minutes": budget, "minutes_per_run": share})
    return share

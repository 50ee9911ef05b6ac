"""All experiments by name."""

from collections.abc import Callable

from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments.experiment import Experiment
from metanet_tf.experiments.figure3 import figure3
from metanet_tf.experiments.figure4 import figure4
from metanet_tf.experiments.figure5 import figure5
from metanet_tf.experiments.needed_runs import Runs
from metanet_tf.experiments.table1 import table1
from metanet_tf.experiments.table3 import table3
from metanet_tf.experiments.table4 import table4

EXPERIMENTS: dict[str, Callable[[Runs, ExperimentConfig], Experiment]] = {
    "table1": table1,
    "table3": table3,
    "table4": table4,
    "figure3": figure3,
    "figure4": figure4,
    "figure5": figure5,
}

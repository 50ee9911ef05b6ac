"""Table 1: the three variants on Omniglot's previous split."""

from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments import paper
from metanet_tf.experiments.experiment import Experiment, Measurement
from metanet_tf.experiments.needed_runs import Runs
from metanet_tf.experiments.ways import wanted_ways


def table1(runs: Runs, config: ExperimentConfig) -> Experiment:
    """Each variant is trained and tested on each number of ways."""
    measurements = []
    for variant, name in paper.VARIANTS.items():
        for n_way in wanted_ways(config, paper.WAYS):
            run = runs.on_omniglot(n_way, variant)
            measurement = Measurement(
                run,
                {"model": name, "ways": n_way},
                data=run.config.data,
                task=run.config.episode,
                paper=paper.TABLE_1[variant].get(n_way),
            )
            measurements.append(measurement)
    return Experiment("Table 1: Omniglot, previous split", measurements)

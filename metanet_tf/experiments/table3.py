"""Table 3: MetaNet on Omniglot's standard split."""

from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments import paper
from metanet_tf.experiments.experiment import Experiment, Measurement
from metanet_tf.experiments.needed_runs import Runs
from metanet_tf.experiments.ways import wanted_ways


def table3(runs: Runs, config: ExperimentConfig) -> Experiment:
    """MetaNet is trained and tested on each number of ways."""
    measurements = []
    for n_way in wanted_ways(config, paper.WAYS):
        run = runs.on_omniglot(n_way, class_split="standard")
        measurement = Measurement(
            run,
            {"model": "MetaNet", "ways": n_way},
            data=run.config.data,
            task=run.config.episode,
            paper=paper.TABLE_3.get(n_way),
        )
        measurements.append(measurement)
    return Experiment("Table 3: Omniglot, standard split", measurements)

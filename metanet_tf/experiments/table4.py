"""Table 4: trained on some number of ways, tested on others."""

import dataclasses

from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments import paper
from metanet_tf.experiments.experiment import Experiment, Measurement
from metanet_tf.experiments.needed_runs import Runs
from metanet_tf.experiments.ways import wanted_ways


def table4(runs: Runs, config: ExperimentConfig) -> Experiment:
    """MetaNet, trained on each number of ways, is tested on all of them."""
    ways = wanted_ways(config, paper.WAYS)
    measurements = []
    for trained in ways:
        run = runs.on_omniglot(trained)
        for tested in ways:
            measurement = Measurement(
                run,
                {"trained on": f"{trained}-way", "tested on": f"{tested}-way"},
                data=run.config.data,
                task=dataclasses.replace(run.config.episode, n_way=tested),
                paper=paper.TABLE_4.get(trained, {}).get(tested),
            )
            measurements.append(measurement)
    return Experiment(
        "Table 4: another number of ways, Omniglot, previous split", measurements
    )

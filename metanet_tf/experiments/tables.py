"""Tables 1, 3 and 4: 1-shot accuracies on Omniglot, in %."""

import dataclasses
from collections.abc import Sequence

from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments.experiment import Experiment, Measurement
from metanet_tf.experiments.runs import Runs, wanted_ways

VARIANTS = {
    "metanet_minus": "MetaNet-",
    "metanet": "MetaNet",
    "metanet_plus": "MetaNet+",
}
_WAYS = (5, 10, 15, 20)


def _by_ways(*accuracies: float) -> dict[int, float]:
    return dict(zip(_WAYS, accuracies, strict=True))


# The paper's numbers. Table 1: [variant][ways].
_TABLE_1 = {
    "metanet_minus": _by_ways(98.4, 98.32, 96.68, 96.13),
    "metanet": _by_ways(98.95, 98.67, 97.11, 97.0),
    "metanet_plus": _by_ways(98.45, 97.05, 96.48, 95.08),
}
# Table 3: [variant][ways].
_TABLE_3 = {"metanet": _by_ways(98.45, 97.32, 96.4, 95.92)}
# Table 4: [ways trained on][ways tested on]. At 10 and 10 the paper has another number
# here than in Table 1.
_TABLE_4 = {
    5: _by_ways(98.95, 96.4, 93.6, 93.07),
    10: _by_ways(99.25, 96.87, 96.95, 96.21),
    15: _by_ways(99.35, 98.17, 97.11, 96.36),
    20: _by_ways(99.55, 98.87, 97.41, 97.0),
}


def table1(runs: Runs, config: ExperimentConfig) -> Experiment:
    """Trains and tests each variant on each number of ways, previous split."""
    measurements = _as_trained(runs, wanted_ways(config, _WAYS), "previous", _TABLE_1)
    return Experiment("Table 1: Omniglot, previous split", measurements)


def table3(runs: Runs, config: ExperimentConfig) -> Experiment:
    """Trains and tests MetaNet on each number of ways, standard split."""
    measurements = _as_trained(runs, wanted_ways(config, _WAYS), "standard", _TABLE_3)
    return Experiment("Table 3: Omniglot, standard split", measurements)


def table4(runs: Runs, config: ExperimentConfig) -> Experiment:
    """Trains MetaNet on each number of ways and tests it on all of them."""
    ways = wanted_ways(config, _WAYS)
    measurements = []
    for trained in ways:
        run = runs.on_omniglot(trained)
        measurements += [
            Measurement.of(
                run,
                {"trained on": f"{trained}-way", "tested on": f"{tested}-way"},
                task=dataclasses.replace(run.config.episode, n_way=tested),
                paper=_TABLE_4.get(trained, {}).get(tested),
            )
            for tested in ways
        ]
    return Experiment(
        "Table 4: another number of ways, Omniglot, previous split", measurements
    )


def _as_trained(
    runs: Runs,
    ways: Sequence[int],
    class_split: str,
    papers: dict[str, dict[int, float]],
) -> list[Measurement]:
    """Tests each variant of `papers` on the number of ways that it is trained on."""
    return [
        Measurement.of(
            runs.on_omniglot(n_way, variant, class_split),
            {"model": VARIANTS[variant], "ways": n_way},
            paper=accuracies.get(n_way),
        )
        for variant, accuracies in papers.items()
        for n_way in ways
    ]

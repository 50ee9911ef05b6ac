import pytest

from metanet_tf.plain_reference import plain_logits
from metanet_tf.speed import comparison
from metanet_tf.speed.comparison import (
    classification_efficiency,
    measure_reference,
    training_efficiency,
)
from metanet_tf.speed.costs import ClassificationCost, TrainingCost
from metanet_tf.speed.operations import Operations


@pytest.fixture
def measured(monkeypatch):
    """Two seconds for 40 operations forward and 60 backward; rates of 100 and 300."""
    operations = {"one": Operations(10, 20), "two": Operations(30, 40)}
    rates = iter([100.0, 300.0])
    monkeypatch.setattr(comparison, "count_operations", lambda *_: operations)
    monkeypatch.setattr(comparison, "matrix_product_rate", lambda: next(rates))
    training = TrainingCost(2.0, 0.0, runs=3, peak_memory=0, traces=1)
    monkeypatch.setattr(comparison, "measure_training", lambda *_: training)
    classification = ClassificationCost(0.5, 1.5, 0.1, peak_memory=0)
    monkeypatch.setattr(comparison, "measure_classification", lambda *_: classification)


def test_training_is_held_against_all_its_operations(
    measured, make_small_workload, timer
):
    result = training_efficiency(make_small_workload(), timer)
    # 100 operations at 200 a second would take half a second.
    assert (result.operations, result.rate, result.ratio) == (100, 200.0, 4.0)


def test_classification_is_held_against_the_operations_forward(
    measured, make_small_workload, timer
):
    result = classification_efficiency(make_small_workload(), timer)
    # 40 operations at 200 a second would take a fifth of a second.
    assert (result.operations, result.rate) == (40, 200.0)
    assert result.ratio == pytest.approx(10.0)


def test_model_and_reference_agree(make_small_workload, timer):
    cost = measure_reference(make_small_workload(augmented_layers=2), timer)
    assert cost.loss_difference < 1e-5
    assert cost.gradient_difference < 1e-4
    assert cost.seconds > 0
    assert cost.runs == 3


def test_differences_are_relative(make_small_workload, timer, monkeypatch):
    def other_logits(*arguments):
        return 1.1 * plain_logits(*arguments)

    monkeypatch.setattr(comparison, "plain_logits", other_logits)
    cost = measure_reference(make_small_workload(augmented_layers=2), timer)
    assert cost.loss_difference > 1e-5
    assert cost.gradient_difference == pytest.approx(0.09, abs=0.03)

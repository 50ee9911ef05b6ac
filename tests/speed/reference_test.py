import pytest

from metanet_tf.plain_reference import plain_logits
from metanet_tf.speed import reference
from metanet_tf.speed.reference import measure_reference


def test_model_and_reference_agree(make_small_workload, timer):
    cost = measure_reference(make_small_workload(augmented_layers=2), timer)
    assert cost.loss_difference < 1e-5
    assert cost.gradient_difference < 1e-4
    assert cost.seconds > 0
    assert cost.runs == 3


def test_differences_are_relative(make_small_workload, timer, monkeypatch):
    def other_logits(*arguments):
        return 1.1 * plain_logits(*arguments)

    monkeypatch.setattr(reference, "plain_logits", other_logits)
    cost = measure_reference(make_small_workload(augmented_layers=2), timer)
    assert cost.loss_difference > 1e-5
    assert cost.gradient_difference == pytest.approx(0.09, abs=0.03)

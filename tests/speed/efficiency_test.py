import pytest

from metanet_tf.speed import efficiency
from metanet_tf.speed.efficiency import (
    classification_efficiency,
    training_efficiency,
)
from metanet_tf.speed.operations import count_operations, total_operations


@pytest.fixture(autouse=True)
def rate(monkeypatch):
    monkeypatch.setattr(efficiency, "matrix_product_rate", lambda: 100.0)


@pytest.mark.parametrize(
    ("measure", "kind"),
    [(training_efficiency, "total"), (classification_efficiency, "forward")],
)
def test_ratio_is_time_by_operations_at_the_rate(
    make_small_workload, timer, measure, kind
):
    workload = make_small_workload(augmented_layers=2)
    counted = total_operations(count_operations(workload.model, 3, 6))
    result = measure(workload, timer)
    assert result.operations == getattr(counted, kind)
    expected = result.cost.seconds * 100.0 / result.operations
    assert result.ratio == pytest.approx(expected)

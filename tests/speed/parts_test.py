import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.speed.operations import count_operations
from metanet_tf.speed.parts import TracedParts, measure_parts

MODELS = pytest.mark.parametrize(
    "settings",
    [
        {"learner": "cnn", "filters": 4, "augmented_layers": 3},
        {"variant": "metanet_plus", "augmented_layers": 2},
        {"variant": "metanet_minus", "base_input": "representation"},
    ],
)


def _all_close(tensors, expected):
    for one, other in zip(tensors, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@MODELS
def test_parts_hand_over_what_the_model_computes(make_small_workload, settings):
    workload = make_small_workload(**settings)
    model, task = workload.model, workload.episode.inputs
    outputs = {
        name: function()[0]
        for name, function in TracedParts(workload).functions().items()
    }
    memory = model.adapt(*task[:2])
    _all_close(outputs["m"], memory.memory_values)
    made_by_d = [*memory.task_fast_weights, *memory.base_task_fast_weights]
    _all_close(outputs.get("d", []), made_by_d)
    _all_close(outputs["augmented layers"][-1:], [model(*task).logits])


@MODELS
def test_every_part_but_the_support_gradients_runs_backward(
    make_small_workload, settings
):
    workload = make_small_workload(**settings)
    for name, function in TracedParts(workload).functions().items():
        gradients = tf.nest.flatten(function()[1])
        assert all(gradient is not None for gradient in gradients), name
        assert name == "support gradients" or "shared" in name or gradients, name


def test_parts_are_those_whose_operations_are_counted(make_small_workload, timer):
    workload = make_small_workload(augmented_layers=2)
    operations = count_operations(workload.model, 3, 6)
    parts = measure_parts(workload, timer)
    counted = {part.name: part.operations for part in parts if part.operations}
    assert counted == {name: count.total for name, count in operations.items()}
    others = [part.name for part in parts if not part.operations]
    assert others == ["optimiser", "input pipeline"]
    assert [part.name for part in parts if not part.in_sum] == ["input pipeline"]
    assert all(part.seconds > 0 for part in parts)

import pytest

from metanet_tf.config import ModelConfig
from metanet_tf.model import MetaNet
from metanet_tf.speed.operations import (
    Operations,
    count_operations,
    total_operations,
)
from metanet_tf.utils.errors import InputError

SMALL = {"learner": "mlp", "hidden_units": 3, "generator_units": 2}


def _count(image_shape=(2, 2, 1), **settings):
    """Two support examples, three queries."""
    config = ModelConfig(**{**SMALL, **settings})
    model = MetaNet(config, n_way=2, image_shape=image_shape)
    return count_operations(model, num_support=2, num_query=3)


def test_operations_of_dense_layers_are_those_worked_by_hand():
    # Layers 4 -> 3 (24 operations, plain), 3 -> 3 (18) and 3 -> 2 (12, softmax).
    expected = {
        "u, shared layers": Operations(5 * 24, 5 * 24),  # images have no gradient
        "b, shared layers": Operations((2 + 3) * 24, 3 * 24),
        # Forward, gradients of the terms below the first, gradients of the kernels.
        "support gradients": Operations(
            2 * (18 + 12 + 12 + 18) + 2 * (18 + 12 + 12 + 18 + 12), 0
        ),
        # 2 x (9 + 6) coordinates; layers 2 -> 2 -> 2 -> 1 of 8, 8 and 4.
        "m": Operations(30 * (8 + 8 + 4), 30 * (8 + 2 * 8 + 2 * 4)),
        # 9 coordinates, 2 steps; gates 32 from the inputs, 32 from the state.
        "d": Operations(9 * (2 * 64 + 4), 9 * (2 * (32 + 2 * 32) + 2 * 4)),
        # 3 queries x 2 rows; keys of 3, values of 9 + 6.
        "memory read": Operations(2 * 6 * 18, 2 * 2 * 6 * 18),
        # A slow and a fast term each: u for 5 images, b for 3 queries.
        "augmented layers": Operations(
            5 * 2 * 18 + 3 * 2 * (18 + 12), 2 * (5 * 2 * 18 + 3 * 2 * (18 + 12))
        ),
    }
    assert _count(augmented_layers=2) == expected


def test_convolution_counts_its_kernel_at_every_position():
    parts = _count(image_shape=(4, 4, 1), learner="cnn", filters=2, augmented_layers=1)
    first = 2 * (4 * 4) * (9 * 1 * 2)
    others = 2 * (2 * 2 + 1 + 1 + 1) * (9 * 2 * 2) + 2 * 2 * 3
    assert parts["u, shared layers"] == Operations(
        5 * (first + others), 5 * (first + 2 * others)
    )


def test_augmented_layers_on_images_need_no_gradient_of_their_inputs():
    parts = _count(augmented_layers=None)
    assert parts["u, shared layers"] == parts["b, shared layers"] == Operations(0, 0)
    forward = 5 * 2 * (24 + 18) + 3 * 2 * (24 + 18 + 12)
    backward = 2 * forward - (5 * 2 + 3 * 2) * 24
    assert parts["augmented layers"] == Operations(forward, backward)


def test_layers_on_representations_do():
    parts = _count(augmented_layers=1, base_input="representation")
    assert parts["b, shared layers"] == Operations(5 * 18, 3 * 2 * 18)


def test_metanet_minus_does_nothing_for_d():
    parts = _count(augmented_layers=2, variant="metanet_minus")
    assert parts["d"] == Operations(0, 0)
    assert parts["support gradients"].forward == 2 * (18 + 12 + 12 + 18 + 12)
    # u has its slow term alone.
    assert parts["augmented layers"].forward == 5 * 18 + 3 * 2 * (18 + 12)


def test_metanet_plus_lets_d_work_for_b_too():
    parts = _count(augmented_layers=2, variant="metanet_plus")
    assert parts["d"].forward == (9 + 9 + 6) * (2 * 64 + 4)
    assert parts["augmented layers"].forward == 5 * 2 * 18 + 3 * 3 * (18 + 12)


def test_d_reads_the_sampled_support_alone():
    parts = _count(augmented_layers=2, sampled_support=1)
    assert parts["d"].forward == 9 * (64 + 4)
    assert parts["support gradients"].forward == 60 + 2 * 72


def test_total_is_the_sum_of_the_parts():
    parts = {"one": Operations(1, 10), "two": Operations(2, 30)}
    assert total_operations(parts) == Operations(3, 40)
    assert total_operations(parts).total == 43


@pytest.mark.parametrize("setting", ["second_order", "symmetric_head"])
def test_what_is_not_counted_is_refused(setting):
    with pytest.raises(InputError, match=f"`{setting}` must be false.*--{setting}"):
        _count(**{setting: True})

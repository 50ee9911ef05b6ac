"""Floating-point operations that Algorithm 1 must do, counted from shapes.

What is counted:

* Products of matrices and convolutions, 2 for each multiplication with its addition.
  A convolution with padding counts as many at the border as elsewhere.
* Backward, a product costs two of its size, one for each of its factors' gradients;
  one where a factor is data or a constant: an image, or a support gradient, which
  no gradient of L_train flows through in first order.
* The shared layers of u once for each image, since support gradients and embeddings
  can share it. That of b for the support is forward alone, as nothing flows back.
* Support gradients: forward on slow weights, the gradients of the terms x W + b,
  and each example's kernel gradients.
* m and d at each coordinate of each gradient, as the paper has them. A shorter way
  to the same numbers does fewer operations than are counted here.

What is not: element-wise work (activations, pooling, the cells of d), softmax,
losses, what the zero-preserving generators make of zero, the optimiser.
"""

import math
from typing import NamedTuple

from metanet_tf.config import ModelConfig
from metanet_tf.layers import Augmented
from metanet_tf.learners import Learner
from metanet_tf.model import MetaNet
from metanet_tf.utils.errors import InputError


class Operations(NamedTuple):
    """Operations of one part; classification does those of `forward` alone."""

    forward: int
    backward: int

    @property
    def total(self) -> int:
        """Operations of a training step, forward and backward."""
        return self.forward + self.backward


def count_operations(
    model: MetaNet, num_support: int, num_query: int
) -> dict[str, Operations]:
    """Counts the operations of one task, by part.

    Args:
        model: a MetaNet for 1-shot tasks.
        num_support: N.
        num_query: L.

    Raises:
        InputError: if the model is of second order or has a symmetric head, which
            are not counted.
    """
    _check_counted(model.config)
    images = num_support + num_query
    u = _products(model.representation_learner, model.image_shape)
    b = _base_products(model)
    sampled = min(model.config.sampled_support or num_support, num_support)
    return {
        "u, shared layers": _shared_layers(u, trained=images),
        "b, shared layers": _shared_layers(b, trained=num_query, untrained=num_support),
        "support gradients": _support_gradients(model, u, b, sampled, num_support),
        "m": _m(model.config, num_support * b.coordinates),
        "d": _d(model.config, _d_coordinates(model.config, u, b), sampled),
        "memory read": _memory_read(model, b, num_support, num_query),
        "augmented layers": _augmented_layers(model.config, u, b, images, num_query),
    }


def total_operations(parts: dict[str, Operations]) -> Operations:
    """Sum over the parts."""
    forward, backward = (sum(column) for column in zip(*parts.values(), strict=True))
    return Operations(forward, backward)


class _Products(NamedTuple):
    """A learner's products: forward operations for one example, bottom first.

    Attributes:
        shared: of layers below the first augmented one.
        augmented: of the augmented layers that the learner's fast weights serve.
        loss: of a softmax layer that only the support gradients need.
        coordinates: entries of the augmented layers' kernels.
        of_images: whether the first layer's inputs are data.
    """

    shared: list[int]
    augmented: list[int]
    loss: list[int]
    coordinates: int
    of_images: bool

    @property
    def shared_without_gradient(self) -> int:
        return self.shared[0] if self.shared and self.of_images else 0

    @property
    def augmented_without_gradient(self) -> int:
        comes_first = self.of_images and not self.shared
        return self.augmented[0] if self.augmented and comes_first else 0


def _products(learner: Learner, input_shape: tuple[int, ...]) -> _Products:
    """Products of u, whose softmax layer takes no fast weights."""
    costs: dict[Augmented, int] = {}
    shape: tuple[int, ...] = (1, *input_shape)
    for layer in [*learner.shared_layers, *learner.augmented_layers, learner.head]:
        shape = layer.compute_output_shape(shape)
        if isinstance(layer, Augmented):
            positions = math.prod(shape[1:-1])
            costs[layer] = 2 * positions * math.prod(layer.kernel.shape)
    augmented = [x for x in learner.augmented_layers if isinstance(x, Augmented)]
    return _Products(
        shared=[costs[x] for x in learner.shared_layers if x in costs],
        augmented=[costs[x] for x in augmented],
        loss=[costs[learner.head]],
        coordinates=sum(math.prod(x.kernel.shape) for x in augmented),
        of_images=True,
    )


def _base_products(model: MetaNet) -> _Products:
    """Products of b, whose softmax layer takes fast weights like the others."""
    takes_r = model.config.base_input == "representation"
    shape = (model.representation_size,) if takes_r else model.image_shape
    products = _products(model.base_learner, shape)
    softmax_kernel = math.prod(model.base_learner.head.kernel.shape)
    return products._replace(
        augmented=products.augmented + products.loss,
        loss=[],
        coordinates=products.coordinates + softmax_kernel,
        of_images=not takes_r,
    )


def _shared_layers(products: _Products, trained: int, untrained: int = 0) -> Operations:
    once = sum(products.shared)
    return Operations(
        forward=(trained + untrained) * once,
        backward=trained * (2 * once - products.shared_without_gradient),
    )


def _support_gradients(
    model: MetaNet, u: _Products, b: _Products, sampled: int, num_support: int
) -> Operations:
    count = num_support * _gradients_of_one(b)
    if model.config.variant != "metanet_minus" and u.augmented:
        count += sampled * _gradients_of_one(u)
    return Operations(count, 0)


def _gradients_of_one(products: _Products) -> int:
    layers = products.augmented + products.loss
    forward, kernels = sum(layers), sum(products.augmented)
    return forward + sum(layers[1:]) + kernels


def _m(config: ModelConfig, coordinates: int) -> Operations:
    """Three layers, 2 -> units -> units -> 1."""
    units = config.generator_units
    first, others = 2 * 2 * units, 2 * (units * units + units)
    return Operations(
        forward=coordinates * (first + others),
        backward=coordinates * (first + 2 * others),
    )


def _d_coordinates(config: ModelConfig, u: _Products, b: _Products) -> int:
    made_for_b = b.coordinates if config.variant == "metanet_plus" else 0
    return 0 if config.variant == "metanet_minus" else u.coordinates + made_for_b


def _d(config: ModelConfig, coordinates: int, steps: int) -> Operations:
    """Four gates of an LSTM at each step, one output after the last."""
    units = config.generator_units
    from_inputs, from_state = 4 * 2 * 2 * units, 4 * 2 * units * units
    output = 2 * units
    return Operations(
        forward=coordinates * (steps * (from_inputs + from_state) + output),
        backward=coordinates * (steps * (from_inputs + 2 * from_state) + 2 * output),
    )


def _memory_read(
    model: MetaNet, b: _Products, num_support: int, num_query: int
) -> Operations:
    each = model.representation_size + b.coordinates
    once = 2 * num_query * num_support * each
    return Operations(once, 2 * once)


def _augmented_layers(
    config: ModelConfig, u: _Products, b: _Products, images: int, num_query: int
) -> Operations:
    fast_of_u = int(config.variant != "metanet_minus")
    fast_of_b = 1 + int(config.variant == "metanet_plus")
    slow_of_u = int(config.slow_weights or not fast_of_u)
    shares = [
        (u, images * (slow_of_u + fast_of_u)),
        (b, num_query * (int(config.slow_weights) + fast_of_b)),
    ]
    forward = sum(count * sum(products.augmented) for products, count in shares)
    spared = sum(
        count * products.augmented_without_gradient for products, count in shares
    )
    return Operations(forward, 2 * forward - spared)


def _check_counted(config: ModelConfig) -> None:
    if config.second_order:
        raise InputError(
            "`second_order` must be false: operations are counted for gradients of "
            "first order. Received: true. Leave out --second_order."
        )
    if config.symmetric_head:
        raise InputError(
            "`symmetric_head` must be false: operations are counted for a softmax "
            "layer with a column for each class. Received: true. Leave out "
            "--symmetric_head."
        )

"""Algorithm 1 the obvious way: what the model is compared with.

One support example and one query at a time, a gradient tape for each, fast weights
mixed and applied kernel by kernel, and the generators evaluated at each coordinate.
Nothing of the model is used but its settings and variables, so that an error in the
package's own mathematics shows as a difference.

Works eagerly and in a `tf.function`, at K = 1, in first order and with one view.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from metanet_tf.layers import AugmentedConv2D, AugmentedDense
from metanet_tf.model import MetaNet, random_order

Kernels = list[tf.Tensor]  # one per augmented layer, bottom first


def plain_logits(
    model: MetaNet,
    support_images: tf.Tensor,
    support_labels: tf.Tensor,
    query_images: tf.Tensor,
) -> tf.Tensor:
    """Logits of MetaNet, MetaNet- or MetaNet+, float32 [L, n_way].

    Args:
        model: trained with `n_way` classes and one example of each.
        support_images: float32 [N, H, W, C]; N is static.
        support_labels: int32 [N] in [0, n_way).
        query_images: float32 [L, H, W, C].
    """
    support = (support_images, support_labels)
    task_fast_weights = _task_fast_weights(model, support)

    def remember(example: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        image, label = example
        key = _embed(model, image, task_fast_weights)
        inputs = model.base_learner.choose_inputs(image, key)
        gradients = _gradients(model.base_learner, inputs, label, with_softmax=True)
        return key, [_m(model, gradient) for gradient in gradients], gradients

    count = len(_kernels(model.base_learner, with_softmax=True))
    keys, values, gradients = tf.map_fn(
        remember,
        support,
        parallel_iterations=1,
        fn_output_signature=(tf.float32, [tf.float32] * count, [tf.float32] * count),
    )
    fast_weights = []
    if model.config.variant == "metanet_plus":
        order = random_order(support_images)[: model.config.sampled_support]
        fast_weights = [
            [_d(model, tf.gather(gradient, order)) for gradient in gradients]
        ]

    def answer(image: tf.Tensor) -> tf.Tensor:
        embedding = _embed(model, image, task_fast_weights)
        attention = _attend(model, keys, embedding)
        read = [_mix(attention, value) for value in values]
        inputs = model.base_learner.choose_inputs(image, embedding)
        return _logits(model, inputs, [*fast_weights, read])

    return tf.map_fn(
        answer, query_images, parallel_iterations=1, fn_output_signature=tf.float32
    )


def _task_fast_weights(
    model: MetaNet, support: tuple[tf.Tensor, tf.Tensor]
) -> list[Kernels]:
    """Q* = d(G, {∇_i}) (Eq. 2-4); none in MetaNet- or without augmented layers."""
    u = model.representation_learner
    count = len(_kernels(u, with_softmax=False))
    if model.config.variant == "metanet_minus" or not count:
        return []
    order = random_order(support[0])[: model.config.sampled_support]
    gradients = tf.map_fn(
        lambda example: _gradients(u, *example, with_softmax=False),
        [tf.gather(part, order) for part in support],
        parallel_iterations=1,
        fn_output_signature=[tf.float32] * count,
    )
    return [[_d(model, gradient) for gradient in gradients]]


def _embed(
    model: MetaNet, image: tf.Tensor, task_fast_weights: list[Kernels]
) -> tf.Tensor:
    """r = u(Q, Q*, x) (Eq. 5, 8)."""
    learner = model.representation_learner
    layers = [*learner.shared_layers, *learner.augmented_layers]
    return _run(layers, len(learner.shared_layers), image, task_fast_weights)


def _attend(model: MetaNet, keys: tf.Tensor, embedding: tf.Tensor) -> tf.Tensor:
    """softmax(cosine(R, r)), float32 [N] (Eq. 8)."""
    scores = [
        tf.reduce_sum(embedding * key) / (tf.norm(embedding) * tf.norm(key))
        for key in tf.unstack(keys)
    ]
    return tf.nn.softmax(model.config.attention_sharpness * tf.stack(scores))


def _mix(attention: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """One layer's W* of a query, from [N, *kernel shape] (Eq. 9)."""
    terms = zip(tf.unstack(attention, rows.shape[0]), tf.unstack(rows), strict=True)
    return sum(weight * kernel for weight, kernel in terms)


def _logits(
    model: MetaNet, inputs: tf.Tensor, fast_weights: list[Kernels]
) -> tf.Tensor:
    """b(W, W*, x) or b(W, W*, r), float32 [n_way] (Eq. 12)."""
    learner = model.base_learner
    layers = [*learner.shared_layers, *learner.augmented_layers, learner.head]
    return _run(layers, len(learner.shared_layers), inputs, fast_weights)


def _kernels(learner: Any, *, with_softmax: bool) -> Kernels:
    augmented = [
        layer for layer in learner.augmented_layers if hasattr(layer, "kernel")
    ]
    if with_softmax:
        augmented.append(learner.head)
    return [layer.kernel.value for layer in augmented]


def _gradients(
    learner: Any, inputs: tf.Tensor, label: tf.Tensor, *, with_softmax: bool
) -> Kernels:
    """Gradient of one example's cross-entropy, kernel by kernel (Eq. 2-3, 10-11)."""
    layers = [*learner.shared_layers, *learner.augmented_layers, learner.head]
    kernels = _kernels(learner, with_softmax=with_softmax)
    with tf.GradientTape() as tape:
        tape.watch(kernels)
        logits = _run(layers, len(layers), inputs, [])
        loss = -tf.nn.log_softmax(logits)[label]
    return [tf.stop_gradient(gradient) for gradient in tape.gradient(loss, kernels)]


def _run(
    layers: Sequence[Any],
    num_plain: int,
    inputs: tf.Tensor,
    fast_weights: list[Kernels],
) -> tf.Tensor:
    """Runs one example through `layers`; those past `num_plain` take fast weights."""
    kernels = [iter(weights) for weights in fast_weights]
    outputs = inputs[tf.newaxis]
    for index, layer in enumerate(layers):
        if not isinstance(layer, AugmentedConv2D | AugmentedDense):
            outputs = layer(outputs)
            continue
        terms = [_apply(layer, outputs, layer.kernel.value) + layer.bias.value]
        if index >= num_plain and kernels:
            fast_terms = [_apply(layer, outputs, next(kernel)) for kernel in kernels]
            terms = terms + fast_terms if layer.slow_weights else fast_terms
        outputs = layer.finish(outputs, sum(map(layer.activation, terms)))
    return outputs[0]


def _apply(layer: Any, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    if isinstance(layer, AugmentedConv2D):
        return tf.nn.conv2d(inputs, kernel, strides=1, padding="SAME")
    return inputs @ kernel


def _m(model: MetaNet, gradient: tf.Tensor) -> tf.Tensor:
    """W*_i = m(Z, ∇_i), coordinate by coordinate (Eq. 1)."""
    generator = model.example_weight_generator

    def curve(coordinates: tf.Tensor) -> tf.Tensor:
        outputs = _preprocess(coordinates)
        for layer in [*generator.hidden, generator.output_layer]:
            outputs = layer.activation(_affine(layer, outputs))
        return outputs

    outputs = curve(tf.reshape(gradient, [-1]))
    if model.config.zero_preserving_generators:
        outputs -= curve(tf.zeros([1]))
    return tf.reshape(outputs, gradient.shape)


def _d(model: MetaNet, gradients: tf.Tensor) -> tf.Tensor:
    """Q* = d(G, {∇_i}): an LSTM over [N, *kernel shape] in turn (Eq. 4)."""
    generator: Any = model.task_weight_generator
    sequence = [tf.reshape(gradient, [-1]) for gradient in tf.unstack(gradients)]
    outputs = _lstm(generator, sequence)
    if model.config.zero_preserving_generators:
        outputs -= _lstm(generator, [tf.zeros([1])] * len(sequence))
    return tf.reshape(outputs, gradients.shape[1:])


def _lstm(generator: Any, sequence: Sequence[tf.Tensor]) -> tf.Tensor:
    def gate(layer: Any, inputs: tf.Tensor, hidden: tf.Tensor) -> tf.Tensor:
        return inputs @ layer.kernel[:2] + hidden @ layer.kernel[2:] + layer.bias

    hidden = cell = tf.zeros([len(sequence[0]), generator.config.generator_units])
    for coordinates in sequence:
        inputs = _preprocess(coordinates), hidden
        enter = tf.sigmoid(gate(generator.input_gate, *inputs))
        keep = tf.sigmoid(gate(generator.forget_gate, *inputs))
        candidate = tf.tanh(gate(generator.candidate, *inputs))
        cell = keep * cell + enter * candidate
        hidden = tf.sigmoid(gate(generator.output_gate, *inputs)) * tf.tanh(cell)
    return _affine(generator.output_layer, hidden)


def _affine(layer: Any, inputs: tf.Tensor) -> tf.Tensor:
    outputs = inputs @ layer.kernel
    return outputs if layer.bias is None else outputs + layer.bias


def _preprocess(coordinates: tf.Tensor) -> tf.Tensor:
    """(log|g| / p, sign g) where |g| >= e^-p, else (-1, e^p g); p = 7."""
    is_large = tf.abs(coordinates) >= 0.000911882
    of_large = [tf.math.log(tf.abs(coordinates)) / 7.0, tf.sign(coordinates)]
    of_small = [-tf.ones_like(coordinates), 1096.6331584 * coordinates]
    inputs = tf.where(is_large, tf.stack(of_large), tf.stack(of_small))
    return tf.transpose(inputs)

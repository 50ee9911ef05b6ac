"""Algorithm 1 the obvious way, to compare the model with.

One support example and one query at a time, one gradient tape for each, kernels
applied one by one, and nothing of the model but its variables.
"""

import tensorflow as tf

from metanet_tf.layers import AugmentedConv2D, AugmentedDense
from metanet_tf.model import MetaNet


def plain_logits(
    model: MetaNet,
    support_images: tf.Tensor,
    support_labels: tf.Tensor,
    query_images: tf.Tensor,
) -> tf.Tensor:
    """Logits of MetaNet, MetaNet- or MetaNet+ at K = 1, float32 [L, n_way]."""
    task_fast_weights = _task_fast_weights(model, support_images, support_labels)
    keys, rows, task_gradients = [], [], []
    for image, label in zip(support_images, support_labels, strict=True):
        keys.append(_embed(model, image, task_fast_weights))
        gradients = _gradients(model.base_learner, image, label, with_softmax=True)
        task_gradients.append(gradients)
        rows.append([_m(model, gradient) for gradient in gradients])
    base_task_fast_weights = None
    if model.config.variant == "metanet_plus":
        base_task_fast_weights = [
            _d(model, layer) for layer in zip(*task_gradients, strict=True)
        ]
    return tf.stack(
        [
            _classify(
                model, image, keys, rows, task_fast_weights, base_task_fast_weights
            )
            for image in query_images
        ]
    )


def _task_fast_weights(model, support_images, support_labels):
    """Q* = d(G, {∇_i}) (Eq. 2-4)."""
    if model.config.variant == "metanet_minus":
        return None
    gradients = [
        _gradients(model.representation_learner, image, label, with_softmax=False)
        for image, label in zip(support_images, support_labels, strict=True)
    ]
    return [_d(model, layer) for layer in zip(*gradients, strict=True)]


def _classify(model, image, keys, rows, task_fast_weights, base_task_fast_weights):
    """ŷ_i = b(W, W*_i, x_i) with W*_i = softmax(a_i)ᵀ M (Eq. 8, 9, 12)."""
    embedding = _embed(model, image, task_fast_weights)
    scores = [
        tf.reduce_sum(embedding * key) / (tf.norm(embedding) * tf.norm(key))
        for key in keys
    ]
    attention = tf.nn.softmax(model.config.attention_sharpness * tf.stack(scores))
    fast_weights = [
        sum(weight * kernel for weight, kernel in zip(attention, layer, strict=True))
        for layer in zip(*rows, strict=True)
    ]
    base = model.base_learner
    layers = [*base.plain_layers, *base.upper_layers, base.softmax_layer]
    fast = [weights for weights in (base_task_fast_weights, fast_weights) if weights]
    return _run(layers, len(base.plain_layers), image, fast)


def _embed(model, image, task_fast_weights):
    """r = u(Q, Q*, x) (Eq. 5, 8)."""
    learner = model.representation_learner
    layers = [*learner.plain_layers, *learner.upper_layers]
    fast = [task_fast_weights] if task_fast_weights else []
    return _run(layers, len(learner.plain_layers), image, fast)


def _gradients(learner, image, label, *, with_softmax):
    """Gradient of one example's cross-entropy, kernel by kernel (Eq. 2-3, 10-11)."""
    layers = [*learner.plain_layers, *learner.upper_layers, learner.softmax_layer]
    augmented = [layer for layer in learner.upper_layers if hasattr(layer, "kernel")]
    if with_softmax:
        augmented.append(learner.softmax_layer)
    kernels = [layer.kernel.value for layer in augmented]
    with tf.GradientTape() as tape:
        tape.watch(kernels)
        logits = _run(layers, len(layers), image, [])
        loss = -tf.nn.log_softmax(logits)[label]
    return [tf.stop_gradient(gradient) for gradient in tape.gradient(loss, kernels)]


def _run(layers, num_plain, image, fast_weights):
    """Runs one image through `layers`; those past `num_plain` take fast weights."""
    fast_weights = [iter(weights) for weights in fast_weights]
    outputs = image[tf.newaxis]
    for index, layer in enumerate(layers):
        if not isinstance(layer, AugmentedConv2D | AugmentedDense):
            outputs = layer(outputs)
            continue
        terms = [_apply(layer, outputs, layer.kernel.value) + layer.bias.value]
        if index >= num_plain:
            terms += [_apply(layer, outputs, next(weights)) for weights in fast_weights]
        outputs = sum(layer.activation(term) for term in terms)
    return outputs[0]


def _apply(layer, inputs, kernel):
    if isinstance(layer, AugmentedConv2D):
        return tf.nn.conv2d(inputs, kernel, strides=1, padding="SAME")
    return inputs @ kernel


def _m(model, gradient):
    """W*_i = m(Z, ∇_i), coordinate by coordinate (Eq. 1)."""
    generator = model.example_weight_generator

    def curve(coordinates):
        outputs = _preprocess(coordinates)
        for layer in [*generator.hidden, generator.output_layer]:
            outputs = layer.activation(outputs @ layer.kernel + layer.bias)
        return outputs

    outputs = curve(tf.reshape(gradient, [-1]))
    if generator.anchored:
        outputs -= curve(tf.zeros([1]))
    return tf.reshape(outputs, gradient.shape)


def _d(model, gradients):
    """Q* = d(G, {∇_i}): an LSTM over the gradients in turn (Eq. 4)."""
    generator = model.task_weight_generator
    outputs = _lstm(generator, [tf.reshape(g, [-1]) for g in gradients])
    if generator.anchored:
        outputs -= _lstm(generator, [tf.zeros([1])] * len(gradients))
    return tf.reshape(outputs, gradients[0].shape)


def _lstm(generator, sequence):
    def gate(layer, inputs, hidden):
        return inputs @ layer.kernel[:2] + hidden @ layer.kernel[2:] + layer.bias

    hidden = cell = tf.zeros([len(sequence[0]), generator.units])
    for coordinates in sequence:
        inputs = _preprocess(coordinates), hidden
        enter = tf.sigmoid(gate(generator.enter, *inputs))
        keep = tf.sigmoid(gate(generator.keep, *inputs))
        candidate = tf.tanh(gate(generator.candidate, *inputs))
        cell = keep * cell + enter * candidate
        hidden = tf.sigmoid(gate(generator.leave, *inputs)) * tf.tanh(cell)
    output = generator.output_layer
    return hidden @ output.kernel + output.bias


def _preprocess(coordinates):
    """(log|g| / p, sign g) where |g| >= e^-p, else (-1, e^p g); p = 7."""
    rows = []
    for g in coordinates.numpy():
        if abs(g) >= 0.000911882:
            rows.append((float(tf.math.log(abs(float(g)))) / 7, float(tf.sign(g))))
        else:
            rows.append((-1.0, 1096.6331584 * float(g)))
    return tf.constant(rows, tf.float32)

"""Meta information: losses of support examples and their gradients (Eq. 2-3, 10-11).

Gradients of single examples need no loop over examples. One backward pass over the
summed losses gives each example's gradient with respect to its own slow terms
x W + b; the kernel's gradient is then the product of the layer's input and that.
"""

import math

import tensorflow as tf

from metanet_tf.learners import (
    BaseLearner,
    FastWeights,
    RepresentationLearner,
    SlowTerm,
)
from metanet_tf.utils.draws import uniform

_P = 7.0  # scale of the gradient preprocessing (Andrychowicz et al. 2016)
# Bounds of the pieces of `gradient_position`; the outer ones lie beyond any float32.
POSITION_KINKS = (-16.0, -1.0, 1.0, 16.0)
_MARGIN = 1.0  # of the contrastive loss


def task_gradients(
    learner: BaseLearner,
    features: tf.Tensor,
    labels: tf.Tensor,
    n_way: int | tf.Tensor,
) -> FastWeights:
    """Gradient of each example's `loss_task` with respect to W (Eq. 10, 11).

    Args:
        learner: b.
        features: b's shared features of the support, float [N, ...].
        labels: int32 [N] in [0, n_way).
        n_way: number of classes.

    Returns:
        One float [N, *kernel shape] per augmented layer, the softmax layer's last.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(features)
        hidden, terms = learner.slow_terms(features)
        logits = learner.head.slow_term(hidden, n_way)
        terms.append(SlowTerm(learner.head, hidden, logits))
        task_losses = cross_entropy(logits, labels)
    return _kernel_gradients(tape, task_losses, terms)


def symmetric_gradients(
    learner: BaseLearner, features: tf.Tensor, columns: int | tf.Tensor
) -> FastWeights:
    """`task_gradients` of a b with a `SymmetricHead`, which needs no labels.

    Args:
        learner: b.
        features: b's shared features of the support, float [N, ...].
        columns: classes that the softmax is taken over.

    Returns:
        One float [N, hidden_units, 2].
    """
    hidden = learner.represent(features)
    return [learner.head.gradient_columns(hidden, columns)]


def representation_gradients(
    learner: RepresentationLearner,
    features: tf.Tensor,
    labels: tf.Tensor,
    n_way: int | tf.Tensor,
) -> FastWeights:
    """Gradient of each example's cross-entropy with respect to Q (Eq. 2, 3).

    Arguments as in `task_gradients`, of u and [T, ...] examples.

    Returns:
        One float [T, *kernel shape] per augmented layer below r.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(features)
        hidden, terms = learner.slow_terms(features)
        logits = learner.head.slow_term(hidden, n_way)
        representation_losses = cross_entropy(logits, labels)
    return _kernel_gradients(tape, representation_losses, terms)


def pair_gradients(
    learner: RepresentationLearner,
    features: tf.Tensor,
    labels: tf.Tensor,
    num_pairs: int | tf.Tensor,
) -> FastWeights:
    """Gradient of each pair's contrastive loss with respect to Q (Eq. 3, 6, 7).

    Args:
        learner: u.
        features: u's shared features of the support, float [N, ...].
        labels: int32 [N].
        num_pairs: T, in [1, N].

    Returns:
        One float [T, *kernel shape] per augmented layer below r.
    """
    first, second, same_class = draw_pairs(labels, num_pairs)
    members = tf.gather(features, tf.concat([first, second], axis=0))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(members)
        hidden, terms = learner.slow_terms(members)
        first_r, second_r = tf.split(hidden, 2)
        pair_losses = contrastive_loss(first_r, second_r, same_class)
    # A pair's gradient is the sum over its two members: both share Q.
    return [
        tf.add(*tf.split(gradients, 2))
        for gradients in _kernel_gradients(tape, pair_losses, terms)
    ]


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Cross-entropy of each example, float [batch], in [0, inf)."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=_full_precision(logits)
    )


def contrastive_loss(
    first: tf.Tensor, second: tf.Tensor, same_class: tf.Tensor
) -> tf.Tensor:
    """Contrastive loss of each pair of embeddings (Hadsell et al. 2006).

    Args:
        first: float [T, R].
        second: float [T, R].
        same_class: bool [T].

    Returns:
        float [T]: half the squared distance for a pair of one class, half the
        squared shortfall from a margin of 1 for a pair of two classes.
    """
    squared = tf.reduce_sum(tf.square(_full_precision(first - second)), axis=-1)
    distance = tf.sqrt(squared + 1e-12)  # the root has no slope at 0
    shortfall = tf.maximum(_MARGIN - distance, 0.0)
    return 0.5 * tf.where(same_class, squared, tf.square(shortfall))


def draw_pairs(
    labels: tf.Tensor, num_pairs: int | tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Draws T pairs of support examples, in turn of one class and of two.

    The draw is fixed by the order of the support, which is random in training.
    Where a class has one example only, its partner is of another class.

    Args:
        labels: int32 [N].
        num_pairs: T, in [1, N]; example i < T is the first member of pair i.

    Returns:
        first and second members, int32 [T], and same_class, bool [T].

    Source: BUILD_NOTES.md, "Pairs for the contrastive loss".
    """
    count = tf.size(labels)
    first = tf.range(num_pairs)
    others = first[:, tf.newaxis] != tf.range(count)[tf.newaxis]
    same = labels[:num_pairs, tf.newaxis] == labels[tf.newaxis]
    wanted = same == (first % 2 == 0)[:, tf.newaxis]
    noise = uniform([num_pairs, count], seed=[7, 0])
    preference = noise + tf.cast(others, tf.float32) * (
        2.0 + 2.0 * tf.cast(wanted, tf.float32)
    )
    second = tf.argmax(preference, axis=1, output_type=tf.int32)
    return first, second, tf.gather(labels, first) == tf.gather(labels, second)


def preprocess_gradients(gradients: tf.Tensor) -> tf.Tensor:
    """Turns each coordinate g into two inputs of ordinary size, with p = 7.

    (log|g| / p, sign g) where |g| >= e^-p, else (-1, e^p g).

    Source: Andrychowicz et al. 2016, appendix A.

    Args:
        gradients: float [...].

    Returns:
        float [..., 2].
    """
    return inputs_at(gradient_position(gradients))


def gradient_position(gradients: tf.Tensor) -> tf.Tensor:
    """Places each coordinate on an axis in whose pieces its inputs are linear.

    e^p g where |g| < e^-p, else sign(g) (log|g| / p + 2).

    Args:
        gradients: float [...].

    Returns:
        float [...]; the pieces lie between the values of `POSITION_KINKS`.
    """
    magnitude = tf.abs(gradients)
    threshold = math.exp(-_P)
    beyond = tf.math.log(tf.maximum(magnitude, threshold)) / _P + 1.0
    return tf.sign(gradients) * (tf.minimum(magnitude / threshold, 1.0) + beyond)


def inputs_at(positions: tf.Tensor, *, with_one: bool = False) -> tf.Tensor:
    """Preprocessed inputs of the gradients at `positions`.

    Args:
        positions: float [...].
        with_one: whether to put a 1 before the two inputs, for a bias.

    Returns:
        float [..., 2] or [..., 3].
    """
    logarithm = tf.maximum(tf.abs(positions), 1.0) - 2.0
    inputs = [logarithm, tf.clip_by_value(positions, -1.0, 1.0)]
    one = [tf.ones_like(positions)] if with_one else []
    return tf.stack([*one, *inputs], axis=-1)


def _kernel_gradients(
    tape: tf.GradientTape, losses: tf.Tensor, terms: list[SlowTerm]
) -> FastWeights:
    deltas = tape.gradient(losses, [term.term for term in terms])
    return [
        term.layer.kernel_gradients(term.inputs, delta)
        for term, delta in zip(terms, deltas, strict=True)
    ]


def _full_precision(values: tf.Tensor) -> tf.Tensor:
    """Losses of half-precision outputs are computed in float32."""
    return tf.cast(values, tf.float32) if values.dtype.size < 4 else values

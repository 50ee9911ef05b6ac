"""The rejection threshold of a request's size, inside the graph."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from metanet_tf.evaluation.rejection import RejectionThreshold


def graph_threshold(
    rejections: Sequence[RejectionThreshold], n_way: tf.Tensor, num_support: tf.Tensor
) -> tf.Tensor | None:
    """Returns what `rejection.threshold_for` does, for sizes known when it runs.

    Args:
        rejections: for several sizes of task.
        n_way: number of classes, int32 [].
        num_support: number of their examples, int32 [].

    Returns:
        float32 []; None without `rejections`.
    """
    shots = sorted({rejection.k_shot for rejection in rejections})
    if not shots:
        return None
    ways, support = (tf.math.log(tf.cast(n, tf.float64)) for n in (n_way, num_support))
    distances = tf.abs(np.log(shots) - (support - ways))
    thresholds = [
        _interpolated([r for r in rejections if r.k_shot == k_shot], ways)
        for k_shot in shots
    ]
    return tf.cast(tf.gather(thresholds, tf.argmin(distances)), tf.float32)


def _interpolated(
    rejections: Sequence[RejectionThreshold], log_ways: tf.Tensor
) -> tf.Tensor:
    """Goes through the points by straight lines, and stays where they end."""
    points = sorted((np.log(r.n_way), r.threshold) for r in rejections)
    places, thresholds = np.array(points, np.float64).T
    widths = np.diff(places)
    passed = tf.clip_by_value(log_ways - places[:-1], 0.0, widths)
    return thresholds[0] + tf.reduce_sum(passed * np.diff(thresholds) / widths)

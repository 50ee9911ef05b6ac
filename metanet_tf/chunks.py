"""Work on many images, a few at a time: memory stays bounded."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def map_in_chunks(
    function: Callable[[tf.Tensor], Any], images: tf.Tensor, size: int, result: Any
) -> Any:
    """Returns function(images), computed for at most `size` images at a time.

    The last chunk is filled up with zeros; no images at all are one such chunk.

    Args:
        function: of some images; what it returns has a row for each.
        images: [L, H, W, C].
        size: images per chunk, >= 1.
        result: a TensorSpec for each tensor that `function` returns.
    """
    count = tf.shape(images)[0]
    size = tf.clip_by_value(count, 1, size)
    num_chunks = tf.maximum(-(-count // size), 1)
    padding = [[0, num_chunks * size - count], [0, 0], [0, 0], [0, 0]]
    chunks = tf.reshape(tf.pad(images, padding), [num_chunks, size, *images.shape[1:]])
    # One after another: several at once would hold the memory of several.
    results = tf.map_fn(
        function, chunks, fn_output_signature=result, parallel_iterations=1
    )

    def joined(rows: tf.Tensor) -> tf.Tensor:
        shape = tf.concat([[num_chunks * size], tf.shape(rows)[2:]], axis=0)
        return tf.reshape(rows, shape)[:count]

    return tf.nest.map_structure(joined, results)

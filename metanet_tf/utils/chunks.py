"""Work on many images, a few at a time: memory stays bounded."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def map_in_chunks(
    function: Callable[[Any], Any], rows: Any, size: int, result: Any
) -> Any:
    """Returns function(rows), computed for at most `size` rows at a time.

    The last chunk is filled up with zeros; no rows at all are one such chunk.

    Args:
        function: of some rows; what it returns has a row for each.
        rows: [L, ...], such as images; or a structure of such tensors.
        size: rows per chunk, >= 1.
        result: a TensorSpec for each tensor that `function` returns.
    """
    count = tf.shape(tf.nest.flatten(rows)[0])[0]
    num_chunks = tf.maximum(-(-count // size), 1)
    size = tf.maximum(-(-count // num_chunks), 1)  # Chunks alike: little to fill up.
    missing = num_chunks * size - count

    def chunked(rows: tf.Tensor) -> tf.Tensor:
        padding = [[0, missing]] + [[0, 0]] * (rows.shape.rank - 1)
        shape = tf.concat([[num_chunks, size], tf.shape(rows)[1:]], axis=0)
        chunks = tf.reshape(tf.pad(rows, padding), shape)
        return tf.ensure_shape(chunks, [None, None, *rows.shape[1:]])

    chunks = tf.nest.map_structure(chunked, rows)
    # One after another: several at once would hold the memory of several.
    results = tf.map_fn(
        # Nothing in it needs autograph, which is slow where functions run eagerly.
        tf.autograph.experimental.do_not_convert(function),
        chunks,
        fn_output_signature=result,
        parallel_iterations=1,
    )

    def joined(rows: tf.Tensor) -> tf.Tensor:
        shape = tf.concat([[num_chunks * size], tf.shape(rows)[2:]], axis=0)
        return tf.reshape(rows, shape)[:count]

    return tf.nest.map_structure(joined, results)

"""Numbers in the content of a file, read inside the graph."""

from collections.abc import Iterable

import tensorflow as tf

# Steps from part to part of a file. Files that people have need some tens.
MAX_PARTS = 10_000


def take(content: tf.Tensor, start: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Returns up to `size` bytes of string [] `content`, fewer at its end."""
    start = tf.clip_by_value(start, 0, tf.strings.length(content))
    return tf.strings.substr(content, start, tf.maximum(size, 0))


def numbers(content: tf.Tensor, start: tf.Tensor | int, size: int) -> tf.Tensor:
    """Returns `size` bytes as int32 [size] in [0, 255]; 0 behind the end."""
    filled_up = take(content, start, size) + b"\0" * size
    taken = tf.io.decode_raw(tf.strings.substr(filled_up, 0, size), tf.uint8)
    return tf.cast(tf.ensure_shape(taken, [size]), tf.int32)


def little(numbers: tf.Tensor) -> tf.Tensor:
    """Combines bytes [..., n <= 4], the smallest first; at most 2**31 - 1."""
    return _combined(numbers, range(numbers.shape[-1]))


def big(numbers: tf.Tensor) -> tf.Tensor:
    """Combines bytes [..., n <= 4], the largest first; at most 2**31 - 1."""
    return _combined(numbers, reversed(range(numbers.shape[-1])))


def _combined(numbers: tf.Tensor, exponents: Iterable[int]) -> tf.Tensor:
    weights = [256**exponent for exponent in exponents]
    whole = tf.reduce_sum(tf.cast(numbers, tf.int64) * weights, axis=-1)
    return tf.cast(tf.minimum(whole, tf.int32.max), tf.int32)


def starts_with(numbers: tf.Tensor, beginning: bytes) -> tf.Tensor:
    """Returns whether bytes [n] begin with others, bool []."""
    return tf.reduce_all(numbers[: len(beginning)] == list(beginning))

"""Small random changes of training images: as another hand, or pen, would draw."""

import math

import tensorflow as tf

_MAX_SHIFT = 2.0  # pixels of 28
_MAX_TURN = math.radians(10.0)
_MAX_STRETCH = 0.1


# Random numbers that each image takes.
AFFINE_DRAWS = 5
DILATION_DRAWS = 1


def random_affine(images: tf.Tensor, strength: float, draws: tf.Tensor) -> tf.Tensor:
    """Moves, turns and stretches each image by chance, in one bilinear resampling.

    Args:
        images: float32 [batch, H, W, C] in [0, 1]; what comes in at a border is 0,
            paper.
        strength: 1 is up to 2 pixels of 28, 10 degrees and 10 percent of height and of
            width; >= 0.
        draws: float32 [batch, AFFINE_DRAWS] in [0, 1).

    Returns:
        float32 [batch, H, W, C] in [0, 1].
    """
    height, width = images.shape[1:3]
    changes = strength * (2.0 * draws - 1.0)
    down, right, turn, tall, wide = tf.unstack(changes, axis=1)
    cosine, sine = tf.cos(_MAX_TURN * turn), tf.sin(_MAX_TURN * turn)
    tall, wide = 1.0 + _MAX_STRETCH * tall, 1.0 + _MAX_STRETCH * wide
    a, b, c, d = wide * cosine, -wide * sine, tall * sine, tall * cosine
    # Turned and stretched around the centre.
    x, y = (width - 1) / 2, (height - 1) / 2
    to_x = x - a * x - b * y + _MAX_SHIFT * width / 28 * right
    to_y = y - c * x - d * y + _MAX_SHIFT * height / 28 * down
    rows, columns = tf.meshgrid(
        tf.range(height, dtype=tf.float32),
        tf.range(width, dtype=tf.float32),
        indexing="ij",
    )

    def at_each_pixel(*factors: tf.Tensor) -> tf.Tensor:
        by_x, by_y, start = (factor[:, tf.newaxis, tf.newaxis] for factor in factors)
        return by_x * columns + by_y * rows + start

    return _read_at(images, at_each_pixel(c, d, to_y), at_each_pixel(a, b, to_x))


def random_dilation(images: tf.Tensor, strength: float, draws: tf.Tensor) -> tf.Tensor:
    """Widens the strokes of each image by chance, by up to a pixel on each side.

    Args:
        images: float32 [batch, H, W, C] in [0, 1], ink 1.
        strength: of the widest strokes: 1 is a pixel; in [0, 1].
        draws: float32 [batch, DILATION_DRAWS] in [0, 1).

    Returns:
        float32 [batch, H, W, C] in [0, 1].
    """
    share = strength * draws[:, tf.newaxis, tf.newaxis]
    wide = tf.nn.max_pool2d(images, ksize=3, strides=1, padding="SAME")
    return images + share * (wide - images)


def _read_at(images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Reads images between their pixels, bilinearly, on paper without end.

    XLA has no operation for it.

    Args:
        images: float32 [batch, H, W, C].
        rows: where to read, float32 [batch, H, W].
        columns: the same.

    Returns:
        float32 [batch, H, W, C].
    """
    height, width, channels = images.shape[1:]
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
    pixels = tf.reshape(padded, [-1, (height + 2) * (width + 2), channels])
    # A frame of paper is enough: what lies beyond is read there.
    rows = tf.clip_by_value(rows + 1.0, 0.0, height + 1.0)
    columns = tf.clip_by_value(columns + 1.0, 0.0, width + 1.0)
    top = tf.minimum(tf.floor(rows), height)
    left = tf.minimum(tf.floor(columns), width)
    down, right = (rows - top)[..., tf.newaxis], (columns - left)[..., tf.newaxis]
    position = tf.cast(top * (width + 2) + left, tf.int32)

    def row_at(offset: int) -> tf.Tensor:
        first, second = (
            tf.gather(pixels, position + offset + step, batch_dims=1) for step in (0, 1)
        )
        return first + right * (second - first)

    upper, lower = row_at(0), row_at(width + 2)
    return upper + down * (lower - upper)

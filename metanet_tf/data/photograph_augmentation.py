"""Random changes of training photographs: another frame, and another light."""

import tensorflow as tf

_MAX_ENLARGED = 0.3  # Share of a side that is cut off.
_MAX_SHIFT = 0.1  # Share of a side, beyond what enlarging leaves room for.
_MAX_CHANGE = 0.4  # Of brightness, contrast and saturation.

# Random numbers that each image takes.
CROP_DRAWS = 4
COLOUR_DRAWS = 3


def random_crop(
    images: tf.Tensor, strength: float, draws: tf.Tensor, *, flip: bool
) -> tf.Tensor:
    """Takes a part of each image by chance, at its full size; bilinear.

    What lies beyond a border is as the border is. Rows and columns are read one
    after the other: that is fast, and XLA has all of it.

    Args:
        images: float32 [batch, H, W, C].
        strength: 1 is a part of 70 percent of a side or more, 10 percent beyond the
            border or less; >= 0.
        draws: float32 [batch, CROP_DRAWS] in [0, 1).
        flip: whether half of the images are mirrored left to right.

    Returns:
        float32 [batch, H, W, C].
    """
    side, down, right, mirror = tf.unstack(draws[..., tf.newaxis], axis=1)
    share = 1.0 - _MAX_ENLARGED * strength * side
    reach = 0.5 * (1.0 - share) + _MAX_SHIFT * strength
    direction = tf.where(mirror < 0.5, -1.0, 1.0) if flip else tf.ones_like(mirror)
    rows = _places(images.shape[1], share, reach * (2.0 * down - 1.0))
    columns = _places(images.shape[2], direction * share, reach * (2.0 * right - 1.0))
    return _read(_read(images, rows, axis=1), columns, axis=2)


def random_colour(images: tf.Tensor, strength: float, draws: tf.Tensor) -> tf.Tensor:
    """Changes brightness, contrast and saturation of each image by chance.

    Args:
        images: float32 [batch, H, W, 1 or 3] in [0, 1].
        strength: 1 is up to 40 percent of each; >= 0.
        draws: float32 [batch, COLOUR_DRAWS] in [0, 1).

    Returns:
        float32 like `images`, in [0, 1].
    """
    factors = tf.nn.relu(1.0 + _MAX_CHANGE * strength * (2.0 * draws - 1.0))
    brightness, contrast, saturation = (
        factor[:, tf.newaxis, tf.newaxis, tf.newaxis]
        for factor in tf.unstack(factors, axis=1)
    )
    images = brightness * images
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    images = mean + contrast * (images - mean)
    grey = tf.reduce_mean(images, axis=-1, keepdims=True)
    return tf.clip_by_value(grey + saturation * (images - grey), 0.0, 1.0)


def _places(size: int, share: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Returns where to read each of `size` rows, float32 [batch, size].

    Args:
        size: of the side, pixels.
        share: of the side that is read, [batch, 1]; negative: backwards.
        shift: of the centre, as a share of the side, [batch, 1].
    """
    middle = (size - 1) / 2
    from_middle = tf.range(size, dtype=tf.float32) - middle
    return tf.clip_by_value(
        middle + share * from_middle + shift * size, 0.0, size - 1.0
    )


def _read(images: tf.Tensor, places: tf.Tensor, axis: int) -> tf.Tensor:
    """Reads rows (axis 1) or columns (axis 2) between pixels, linearly."""
    first = tf.floor(places)
    weight = places - first
    lower = tf.cast(first, tf.int32)
    upper = tf.minimum(lower + 1, images.shape[axis] - 1)
    shape = [-1, 1, 1, 1]
    shape[axis] = places.shape[1]
    weight = tf.reshape(weight, shape)
    one, other = (
        tf.gather(images, index, axis=axis, batch_dims=1) for index in (lower, upper)
    )
    return one + weight * (other - one)

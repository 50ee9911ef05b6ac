"""Test-time augmentation: views of an image moved by a pixel."""

import tensorflow as tf

# Down and right, pixels; the nearest places first.
_SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1))


def shifted_views(images: tf.Tensor, num_views: int) -> list[tf.Tensor]:
    """Shifts images by a pixel; what comes in at a border is 0, paper.

    Args:
        images: float [batch, H, W, C].
        num_views: how many there are with the image itself, in [1, 9].

    Returns:
        `num_views` - 1 tensors like `images`.
    """
    height, width = images.shape[1:3]
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
    return [
        padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]
        for down, right in _SHIFTS[: num_views - 1]
    ]

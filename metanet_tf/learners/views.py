"""Test-time augmentation: views of an image, moved by a pixel or mirrored."""

import tensorflow as tf

# Down and right, pixels; the nearest places first.
_SHIFTS = (
    (0, 0),
    *((0, 1), (0, -1), (1, 0), (-1, 0)),
    *((1, 1), (-1, -1), (1, -1), (-1, 1)),
)


def further_views(
    images: tf.Tensor, num_views: int, *, mirrored: bool = False
) -> list[tf.Tensor]:
    """Makes views of images; what comes in at a border is as the border is.

    So it is paper where an image of ink ends in paper, and goes on with a photograph.

    Args:
        images: float [batch, H, W, C].
        num_views: how many there are with the image itself, in [1, 9].
        mirrored: whether every view is followed by its mirror image, left to right.

    Returns:
        `num_views` - 1 tensors like `images`.
    """
    height, width = images.shape[1:3]
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    views = []
    for down, right in _SHIFTS:
        view = padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]
        views += [view, view[:, :, ::-1]] if mirrored else [view]
    return views[1:num_views]

"""Test-time augmentation: views of an image, moved, mirrored or cropped."""

from collections.abc import Iterator

import tensorflow as tf

# Down and right, pixels; the nearest places first.
_SHIFTS = (
    *((0, 1), (0, -1), (1, 0), (-1, 0)),
    *((1, 1), (-1, -1), (1, -1), (-1, 1)),
)
_CORNERS = ((0, 0), (1, 1), (0, 1), (1, 0))  # Bottom or top, right or left.
_CORNER_SIDE = 0.75  # Share of a side.


def further_views(images: tf.Tensor, num_views: int, kind: str) -> list[tf.Tensor]:
    """Makes views of images.

    Args:
        images: float [batch, H, W, C].
        num_views: how many there are with the image itself; at most
            `config.model.MAX_TTA_VIEWS[kind]`.
        kind: "moved": by a pixel, where what comes in at a border is as the border is,
            so it is paper where an image of ink ends in paper. "cropped", for
            photographs: the mirror image, then the four corners, enlarged, each
            followed by its mirror image.

    Returns:
        `num_views` - 1 tensors like `images`.
    """
    views = _cropped(images) if kind == "cropped" else _moved(images)
    return [view for view, _ in zip(views, range(num_views - 1), strict=False)]


def _moved(images: tf.Tensor) -> Iterator[tf.Tensor]:
    height, width = images.shape[1:3]
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    for down, right in _SHIFTS:
        yield padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]


def _cropped(images: tf.Tensor) -> Iterator[tf.Tensor]:
    yield images[:, :, ::-1]
    height, width = images.shape[1:3]
    rows, columns = round(_CORNER_SIDE * height), round(_CORNER_SIDE * width)
    for bottom, right in _CORNERS:
        top, left = bottom * (height - rows), right * (width - columns)
        corner = images[:, top : top + rows, left : left + columns]
        enlarged = tf.cast(tf.image.resize(corner, [height, width]), images.dtype)
        yield enlarged
        yield enlarged[:, :, ::-1]

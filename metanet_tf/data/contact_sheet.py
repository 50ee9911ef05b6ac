"""A picture of a data set: a row of images for each class."""

import numpy as np
from PIL import Image

from metanet_tf.data.image_classes import ImageClasses

_CLASSES, _IMAGES = 40, 12  # That a sheet shows.
_GAP = 2  # Pixels between images.
_WHITE = 255


def contact_sheet(classes: ImageClasses, *, is_ink: bool) -> Image.Image:
    """Draws the first images of the first classes.

    Args:
        classes: of a part of a data set.
        is_ink: whether 255 is ink, which is drawn black, or white.
    """
    height, width, channels = classes.image_shape
    rows = min(classes.num_classes, _CLASSES)
    columns = min(int(np.max(classes.class_sizes)), _IMAGES)
    size = [rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, channels]
    sheet = np.full(size, _WHITE, np.uint8)
    for row in range(rows):
        start, count = classes.class_starts[row], classes.class_sizes[row]
        images = classes.images[start : start + min(count, _IMAGES)]
        for column, image in enumerate(images):
            top = _GAP + row * (height + _GAP)
            left = _GAP + column * (width + _GAP)
            drawn = _WHITE - image if is_ink else image
            sheet[top : top + height, left : left + width] = drawn
    return Image.fromarray(sheet[..., 0] if channels == 1 else sheet)

"""Pictures that people upload, made small enough for a page to keep many."""

import io
import threading

from PIL import Image

from metanet_tf.data.pictures import read_pixels
from metanet_tf.demo.support_set import MAX_SIDE

_MAX_BYTES = 64 * 2**10  # Ten classes of five such pictures are 3 MiB.
_QUALITIES = (90, 75, 50, 25)
_one_at_a_time = threading.Lock()  # Bounds memory: a large photo needs a gigabyte.


def shrink(content: bytes, name: str) -> bytes:
    """Makes a small WebP file of a picture file.

    It keeps its shape and its transparency, and if it is small its very pixels.

    Args:
        content: of a file of any format that `read_pixels` knows.
        name: what to call it in a message.

    Returns:
        WebP, of up to 512 x 512 pixels.

    Raises:
        PictureError: if it cannot be read, or is too large.
    """
    with _one_at_a_time:
        picture = Image.fromarray(read_pixels(content, name=name), "RGBA")
        picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    file = _webp(picture, lossless=True, exact=True)
    for quality in _QUALITIES:
        if len(file) <= _MAX_BYTES:
            break
        file = _webp(picture, quality=quality)
    return file


def _webp(picture: Image.Image, **settings: int) -> bytes:
    content = io.BytesIO()
    picture.save(content, "WEBP", **settings)
    return content.getvalue()

"""How many pictures a request holds, and how large they are once decoded.

A file of a few kilobytes can unfold to gigabytes. Width and height stand in its
first bytes, and are read before anything is decoded.
"""

import io
from collections.abc import Mapping
from http import HTTPStatus

import numpy as np
from PIL import Image

from metanet_tf.server.request_error import RequestError, bad_request

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
# How files begin that can be larger decoded than encoded.
_COMPRESSED = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")

Image.MAX_IMAGE_PIXELS = None  # `check_pictures` has a limit of its own.


def check_pictures(
    inputs: Mapping[str, np.ndarray], *, max_pictures: int, max_megapixels: float
) -> None:
    """Checks a request's size.

    Args:
        inputs: by name; strings that are files count as pictures.
        max_pictures: largest first dimension of an input.
        max_megapixels: of all pictures together.

    Raises:
        RequestError: if there are more, or a picture does not tell its size.
    """
    most = max(len(array) if array.ndim else 1 for array in inputs.values())
    if most > max_pictures:
        raise _too_large("pictures", max_pictures, most, "max_pictures")
    megapixels = 1e-6 * sum(
        _pixels(content)
        for array in inputs.values()
        if array.dtype == object
        for content in array.flat
    )
    if megapixels > max_megapixels:
        raise _too_large("megapixels", max_megapixels, megapixels, "max_megapixels")


def _pixels(content: bytes) -> int:
    """Width times height of a picture file; 0 for other strings."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            return picture.width * picture.height
    except Exception as error:  # Pillow raises whatever the damage makes it.
        if content.startswith(_COMPRESSED):
            raise bad_request(f"A picture is damaged: {error}.") from error
        return 0


def _too_large(what: str, limit: float, received: float, flag: str) -> RequestError:
    return RequestError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"A request must have at most {limit:g} {what}. Received: {received:g}. Send "
        f"several requests or smaller pictures, or start the server with --{flag}.",
    )

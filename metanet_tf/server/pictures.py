"""Number of a request's pictures, and their size once decoded.

A file of a few kilobytes can unfold to gigabytes. Width, height and frames stand in
its header, and are read before anything is decoded.
"""

from collections.abc import Mapping
from http import HTTPStatus

import numpy as np

from metanet_tf.data.pictures import (
    PictureError,
    PictureTooLargeError,
    picture_format,
    picture_size,
)
from metanet_tf.server.request_error import RequestError, bad_request

_COMPRESSED = ("PNG", "JPEG", "WebP")


def check_pictures(
    inputs: Mapping[str, np.ndarray], *, max_pictures: int, max_megapixels: float
) -> None:
    """Checks a request's size.

    Args:
        inputs: by name; strings that are files count as pictures.
        max_pictures: largest first dimension of an input.
        max_megapixels: of all pictures together, and of all frames of animations.

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
    """Pixels of all frames of a picture file; 0 for other strings.

    Formats that the model does not read count as other strings: it names them.
    """
    found = picture_format(content)
    if found not in (*_COMPRESSED, "BMP"):
        return 0
    try:
        return picture_size(content).pixels
    except PictureTooLargeError as error:
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error)) from error
    except PictureError as error:
        if found in _COMPRESSED:
            raise bad_request(str(error)) from error
        return 0  # Words begin with "BM" too; the model says which this is.


def _too_large(what: str, limit: float, received: float, flag: str) -> RequestError:
    return RequestError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"A request must have at most {limit:g} {what}. Received: {received:g}. Send "
        f"several requests or smaller pictures, or start the server with --{flag}.",
    )

"""The largest picture, and the error that says why one cannot be read."""

from metanet_tf.data.pictures.folders import printable
from metanet_tf.utils.errors import InputError

# Of a picture, or of all frames of an animation: a telephone takes 50 million.
MAX_PIXELS = 64_000_000


class PictureError(InputError):
    """A picture that cannot be read.

    Args:
        name: of the picture: its path, or its place among others.
        reason: continues a sentence that begins with the name: "is empty".
        remedy: sentence that tells what to do.
    """

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(name, reason, remedy)
        self.name, self.reason, self.remedy = name, reason, remedy

    def __str__(self) -> str:
        name, reason = printable(self.name), printable(self.reason)
        return f"A picture cannot be read: {name} {reason}. {self.remedy}"


class PictureTooLargeError(PictureError):
    """A picture of too many pixels, known before it is decoded."""


def check_size(pixels: int, frames: int, *, max_pixels: int, name: str) -> None:
    """Checks how large a picture is, before it is decoded.

    Args:
        pixels: width times height.
        frames: of an animation; 1 of others.
        max_pixels: largest product of both.
        name: of the picture.

    Raises:
        PictureTooLargeError: if it is larger.
        PictureError: if there is nothing of it.
    """
    if not pixels:
        raise PictureError(name, "has no pixels", "Replace it or leave it out.")
    if pixels * frames <= max_pixels:
        return
    parts = f"{frames} frames of {pixels:,}" if frames > 1 else f"{pixels:,}"
    raise PictureTooLargeError(
        name,
        f"has {parts} pixels; at most {max_pixels:,} are read",
        "Make it smaller, or allow more (`max_pixels`, --max_megapixels).",
    )

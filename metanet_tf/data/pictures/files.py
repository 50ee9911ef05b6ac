"""Picture files: opened without decoding, so that their size is known first."""

import contextlib
import importlib
import io
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

from PIL import Image

from metanet_tf.data.pictures.formats import (
    HEAD_BYTES,
    described,
    picture_format,
)
from metanet_tf.data.pictures.limits import PictureError, PictureTooLargeError

# Classes of Pillow's plugins. `Image.open` is not used: it has a limit of its own
# that is global, and takes a photo with a depth map for an animation.
_PLUGINS = {
    "PNG": "PIL.PngImagePlugin.PngImageFile",
    "JPEG": "PIL.JpegImagePlugin.JpegImageFile",
    "WebP": "PIL.WebPImagePlugin.WebPImageFile",
    "BMP": "PIL.BmpImagePlugin.BmpImageFile",
    "GIF": "PIL.GifImagePlugin.GifImageFile",
    "TIFF": "PIL.TiffImagePlugin.TiffImageFile",
    "PNM": "PIL.PpmImagePlugin.PpmImageFile",
    "AVIF": "PIL.AvifImagePlugin.AvifImageFile",
    "HEIC": "pillow_heif.HeifImageFile",
}
_INSTALL = {"AVIF": "'pillow>=11.3'", "HEIC": "-e '.[heif]'"}
_EXPECTED = "PNG, JPEG, WebP or BMP"
_REMEDY = "Replace it or leave it out."
# Formats, as Pillow calls them, whose further pictures are pages or views.
_PAGED = ("TIFF", "HEIF", "MPO")
# Where editors repeat the orientation. Cameras, viewers and browsers use EXIF.
_REPEATED = ("xmp", "XML:com.adobe.xmp", "Raw profile type exif")


class PictureSize(NamedTuple):
    """Size of a picture file, from its header.

    Attributes:
        width, height: of a frame, in pixels.
        frames: of an animation; 1 of others.
    """

    width: int
    height: int
    frames: int

    @property
    def pixels(self) -> int:
        """Pixels of all frames."""
        return self.width * self.height * self.frames


@contextlib.contextmanager
def opened(stream: IO[bytes], name: str) -> Iterator[Image.Image]:
    """Opens a picture file; its pixels are decoded when they are asked for.

    Args:
        stream: the file, at its beginning.
        name: for messages.

    Raises:
        PictureError: if the file is no picture that can be read, or is found to be
            damaged, also within the context.
    """
    head = stream.read(HEAD_BYTES)
    found = picture_format(head)
    plugin = _plugin(found, head, name)
    stream.seek(0)
    with damage_named(described(found), name), plugin(stream) as image:
        for note in _REPEATED:
            image.info.pop(note, None)
        yield image


def size_of(image: Image.Image) -> PictureSize:
    """Returns the size of an image that was opened by Pillow, without decoding it."""
    is_animation = image.format not in _PAGED
    frames = getattr(image, "n_frames", 1) if is_animation else 1
    return PictureSize(image.width, image.height, frames)


def picture_size(content: bytes, name: str = "the picture") -> PictureSize:
    """Returns the size of a picture file, from its header alone.

    Raises:
        PictureError: if the file is none that can be read.
    """
    with opened(io.BytesIO(content), name) as image:
        return size_of(image)


def _plugin(found: str, head: bytes, name: str) -> Callable[[IO[bytes]], Image.Image]:
    """Returns what opens a format; raises PictureError if nothing does."""
    if not head:
        raise PictureError(name, "is empty", _REMEDY)
    if found not in _PLUGINS:
        raise PictureError(name, f"is {described(found)}", f"Save it as {_EXPECTED}.")
    module, _, plugin = _PLUGINS[found].rpartition(".")
    try:
        return getattr(importlib.import_module(module), plugin)
    except ImportError as error:
        raise PictureError(
            name,
            f"is {described(found)}, which cannot be read here",
            f"Run pip install {_INSTALL[found]}, or save it as {_EXPECTED}.",
        ) from error


@contextlib.contextmanager
def damage_named(what: str, name: str) -> Iterator[None]:
    """Makes a PictureError of whatever Pillow raises of a damaged file."""
    try:
        yield
    except PictureError:
        raise
    except Image.DecompressionBombError as error:  # Some plugins have a limit too.
        reason = f"is {what} that is too large ({error})"
        raise PictureTooLargeError(name, reason, "Make it smaller.") from error
    except MemoryError as error:
        raise PictureError(name, "needs more memory than there is", _REMEDY) from error
    except Exception as error:
        reason = f"is {what} that is cut off, damaged or of a rare kind ({error})"
        raise PictureError(name, reason, _REMEDY) from error

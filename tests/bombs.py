"""Small files that unfold to gigabytes."""

import io
import struct
import zlib
from typing import NamedTuple

from PIL import Image

from tests.picture_files import bmp, chunk, encoded


class Bomb(NamedTuple):
    """A file and the beginning of the message that refuses it.

    Attributes:
        content: of the file.
        size: regular expression.
        reads_graph: whether the graph reads the format.
    """

    content: bytes
    size: str
    reads_graph: bool = True


def _png(width, height, more=b""):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = zlib.compress(bytes(10**6))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + more
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def _webp():
    """An animation of 120 frames of one colour, 4000 x 4000, in 6 kB."""
    content = encoded(
        Image.new("RGB", (64, 64)),
        "WebP",
        save_all=True,
        append_images=[
            Image.new("RGB", (64, 64), (2 * index, 0, 0)) for index in range(1, 120)
        ],
        lossless=True,
    )
    at = content.index(b"VP8X") + 12
    side = struct.pack("<I", 3999)[:3]
    return content[:at] + side + side + content[at + 6 :]


def _jpeg(width, height):
    content = bytearray(encoded(Image.new("RGB", (16, 16)), "JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


def _gif():
    frames = [Image.new("RGB", (40, 40), (2 * index, 0, 0)) for index in range(100)]
    content = bytearray(
        encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    )
    content[6:10] = struct.pack("<HH", 8000, 4000)
    return bytes(content)


def _tiff():
    content = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(content, "TIFF", compression="group4")
    return content.getvalue()


_ANIMATED = chunk(b"acTL", struct.pack(">II", 1000, 0))
BOMBS = {
    "png": Bomb(_png(22_000, 22_000), "484,000,000 pixels"),
    "png_wide": Bomb(_png(2**31 - 1, 1), "2,147,483,647 pixels"),
    "png_huge": Bomb(_png(2**31 - 1, 2**31 - 1), "4,611,686,014,132,420,609 pixels"),
    "png_animated": Bomb(
        _png(1000, 1000, _ANIMATED), "100[01] frames of 1,000,000 pixels"
    ),
    # Width times height times frames is 0 in 64 bits.
    "png_of_overflow": Bomb(
        _png(2**30, 2**30, chunk(b"acTL", struct.pack(">II", 2**30, 0))),
        r"10737418\d\d frames of 1,152,921,504,606,846,976 pixels",
    ),
    "webp": Bomb(_webp(), "120 frames of 16,000,000 pixels"),
    "jpeg": Bomb(_jpeg(60_000, 50_000), "3,000,000,000 pixels"),
    "bmp": Bomb(bmp([], 1, (100_000, 100_000)), "10,000,000,000 pixels"),
    "gif": Bomb(_gif(), "100 frames of 32,000,000 pixels", False),
    "tiff": Bomb(_tiff(), "400,000,000 pixels", False),
}

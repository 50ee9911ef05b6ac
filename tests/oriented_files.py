"""Picture files whose notes (EXIF) say which way up they are meant."""

import struct
from typing import NamedTuple

import numpy as np
from PIL import Image

from tests.picture_files import chunk, encoded, png

# Six fields that differ, and a shape that shows turns; multiples of JPEG's 8 x 8.
FIELDS = np.uint8([[0, 40, 80], [120, 160, 200]]).repeat(8, axis=0).repeat(8, axis=1)
BYTE, SHORT, LONG = 1, 3, 4
TAG = 0x0112
_OTHER = 0x010F


class OrientedFile(NamedTuple):
    """A file of FIELDS and EXIF's value by which it shall be turned."""

    content: bytes
    orientation: int


def turned(orientation):
    """FIELDS as Pillow turns them."""
    methods = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    image = Image.fromarray(FIELDS)
    if orientation in methods:
        image = image.transpose(methods[orientation])
    return np.asarray(image)


def notes(value, *, order="<", kind=SHORT, count=1, start=8, thumbnail=None, before=1):
    """EXIF notes with an orientation, other entries, and that of a thumbnail."""
    entries = [_entry(order, _OTHER - index, LONG, 1, 7) for index in range(before)]
    if value is not None:
        entries.append(_entry(order, TAG, kind, count, value))
    size = 2 + 12 * len(entries) + 4
    first = struct.pack(order + "H", len(entries)) + b"".join(entries)
    first += struct.pack(order + "I", start + size if thumbnail else 0)
    second = b""
    if thumbnail:
        second = struct.pack(order + "H", 1) + _entry(order, TAG, SHORT, 1, thumbnail)
        second += bytes(4)
    head = b"II" if order == "<" else b"MM"
    head += struct.pack(order + "HI", 42, start)
    return head + bytes(start - 8) + first + second


def _entry(order, tag, kind, count, value):
    packed = struct.pack(order + {BYTE: "B3x", SHORT: "H2x", LONG: "I"}[kind], value)
    return struct.pack(order + "HHI", tag, kind, count) + packed


def segment(marker, content):
    """A part of a JPEG file."""
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(content)) + content


def jpeg(*parts):
    """A JPEG file of FIELDS with further parts at its beginning."""
    content = encoded(FIELDS, "JPEG", quality=100)
    return content[:2] + b"".join(parts) + content[2:]


def exif(content):
    """The part of a JPEG file that holds notes."""
    return segment(0xE1, b"Exif\0\0" + content)


def webp(content):
    """A WebP file with notes at its end."""
    return encoded(FIELDS, "WebP", lossless=True, exif=content)


def _png(before=b"", after=b""):
    return png(FIELDS[..., np.newaxis], 0, 8, before=before, after=after)


def _files():
    for order, name in (("<", "little"), (">", "big")):
        for value in range(1, 9):
            file = jpeg(exif(notes(value, order=order)))
            yield f"jpeg_{name}_{value}", OrientedFile(file, value)
        six = notes(6, order=order)
        long = notes(6, order=order, kind=LONG)
        far = notes(6, order=order, start=5000, before=100)
        yield f"jpeg_long_{name}", OrientedFile(jpeg(exif(long)), 6)
        yield f"jpeg_far_in_its_notes_{name}", OrientedFile(jpeg(exif(far)), 6)
        both = notes(6, order=order, thumbnail=3)
        yield f"jpeg_with_thumbnail_{name}", OrientedFile(jpeg(exif(both)), 6)
        thumbnail = notes(None, order=order, thumbnail=3)
        yield f"jpeg_of_thumbnail_alone_{name}", OrientedFile(jpeg(exif(thumbnail)), 1)
        yield f"png_{name}", OrientedFile(_png(before=chunk(b"eXIf", six)), 6)
        yield f"png_behind_{name}", OrientedFile(_png(after=chunk(b"eXIf", six)), 6)
        marked = chunk(b"eXIf", b"Exif\0\0" + six)
        yield f"png_marked_{name}", OrientedFile(_png(before=marked), 6)
        yield f"webp_{name}", OrientedFile(webp(six), 6)
        yield f"webp_marked_{name}", OrientedFile(webp(b"Exif\0\0" + six), 6)
    yield from _hidden_notes()
    yield from _notes_that_say_nothing()


def _hidden_notes():
    six = exif(notes(6))
    other = segment(0xE0, b"JFIF\0" + bytes(60_000))
    words = segment(0xFE, b"Exif\0\0" + notes(3))
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    yield "jpeg_behind_120_kB", OrientedFile(jpeg(other, other, six), 6)
    yield "jpeg_behind_words", OrientedFile(jpeg(words, six), 6)
    yield "jpeg_behind_xmp", OrientedFile(jpeg(xmp, six), 6)
    yield "jpeg_behind_fillers", OrientedFile(jpeg(b"\xff\xff\xff", six), 6)
    yield "jpeg_behind_garbage", OrientedFile(jpeg(xmp, b"garbage" * 9, six), 6)
    many = [segment(0xFE, b"note") for _ in range(300)]
    yield "jpeg_behind_many", OrientedFile(jpeg(*many, six), 6)
    text = chunk(b"tEXt", b"Comment\0eXIf" + notes(3))
    yield (
        "png_behind_text",
        OrientedFile(_png(before=text + chunk(b"eXIf", notes(6))), 6),
    )
    data = chunk(b"prVt", bytes(60_000))
    yield (
        "png_behind_60_kB",
        OrientedFile(_png(after=data + chunk(b"eXIf", notes(6))), 6),
    )


def _notes_that_say_nothing():
    for name, content in {
        "none": notes(None),
        "zero": notes(0),
        "nine": notes(9),
        "large": notes(70_000, kind=LONG),
        "of_bytes": notes(6, kind=BYTE),
        "many": notes(6, count=3),
        "of_other_kind": notes(6)[:2] + b"+\0" + notes(6)[4:],
        "of_other_order": b"XX" + notes(6)[2:],
        "empty": b"",
        "cut": notes(6)[:20],
        "of_directory_behind": notes(6)[:4] + b"\xff\xff\xff\x7f",
        "of_directory_far_behind": notes(6)[:4] + b"\xff\xff\xff\xff",
    }.items():
        yield f"jpeg_notes_{name}", OrientedFile(jpeg(exif(content)), 1)
        file = _png(before=chunk(b"eXIf", content))
        yield f"png_notes_{name}", OrientedFile(file, 1)
    yield "jpeg_notes_twice", OrientedFile(jpeg(exif(notes(6, count=2))), 6)
    words = segment(0xE1, b"Other\0" + notes(6))
    yield "jpeg_other_notes", OrientedFile(jpeg(words), 1)
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>'
    yield "jpeg_xmp", OrientedFile(jpeg(segment(0xE1, xmp)), 1)


FILES = dict(_files())

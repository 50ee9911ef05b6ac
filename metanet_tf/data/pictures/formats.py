"""Formats of files, told apart by how they begin: names of files can be wrong."""

from typing import NamedTuple

HEAD_BYTES = 256  # As many bytes as `picture_format` looks at.
UNKNOWN = "a file of an unknown format"


class Signature(NamedTuple):
    """Bytes by which a format is known.

    Attributes:
        format: short name of a format that can be read, "PNG"; else what the file
            is, "a PDF document".
        offset: where the bytes stand.
        content: the bytes.
    """

    format: str
    offset: int
    content: bytes


# The first that fits counts.
SIGNATURES = (
    Signature("PNG", 0, b"\x89PNG"),
    Signature("JPEG", 0, b"\xff\xd8\xff"),
    Signature("WebP", 8, b"WEBP"),
    Signature("BMP", 0, b"BM"),
    Signature("GIF", 0, b"GIF8"),
    Signature("TIFF", 0, b"II*\0"),
    Signature("TIFF", 0, b"MM\0*"),
    Signature("TIFF", 0, b"II+\0"),
    Signature("TIFF", 0, b"MM\0+"),
    Signature("AVIF", 4, b"ftypavif"),
    Signature("AVIF", 4, b"ftypavis"),
    *(
        Signature("HEIC", 4, b"ftyp" + brand)
        for brand in (b"hei", b"hev", b"mif1", b"msf1")
    ),
    *(
        Signature("PNM", 0, b"P%d%c" % (number, space))
        for number in range(1, 7)
        for space in b" \t\n\r#"
    ),
    Signature("a JPEG 2000 picture", 0, b"\0\0\0\x0cjP  "),
    Signature("a JPEG XL picture", 0, b"\0\0\0\x0cJXL "),
    Signature("a JPEG XL picture", 0, b"\xff\x0a"),
    Signature("a Photoshop document", 0, b"8BPS"),
    Signature("a Windows icon", 0, b"\0\0\1\0"),
    Signature("a PDF document", 0, b"%PDF"),
    Signature("a PostScript document", 0, b"%!PS"),
    Signature("a video", 4, b"ftyp"),
    Signature("a ZIP archive", 0, b"PK\3\4"),
    Signature("an array file of NumPy", 0, b"\x93NUMPY"),
)


def picture_format(head: bytes) -> str:
    """Returns the format of a file by its content, or its first HEAD_BYTES bytes.

    Returns:
        the `format` of one of SIGNATURES; or what else the file is, with its
        article: "an SVG drawing", "text".
    """
    head = head[:HEAD_BYTES]
    for signature in SIGNATURES:
        if head.startswith(signature.content, signature.offset):
            return _brand(signature.format, head)
    return _text(head)


def described(picture_format: str) -> str:
    """Says with an article what a file is: "PNG" becomes "a PNG picture"."""
    if " " in picture_format or picture_format == "text":
        return picture_format
    article = "an" if picture_format == "AVIF" else "a"
    return f"{article} {picture_format} picture"


def _brand(picture_format: str, head: bytes) -> str:
    """Corrects HEIC by the list of compatible brands, which may have AVIF's."""
    if picture_format != "HEIC":
        return picture_format
    brands = head[8 : int.from_bytes(head[:4], "big")]
    return "AVIF" if b"avif" in brands else "HEIC"


def _text(head: bytes) -> str:
    if not head or b"\0" in head:
        return UNKNOWN
    lower = head.lower()
    if b"<svg" in lower:
        return "an SVG drawing"
    if b"<html" in lower or b"<!doctype html" in lower:
        return "a web page"
    # The head may end within a letter.
    letters = head.decode("utf-8", "ignore").encode()
    return "text" if len(head) - len(letters) < 4 else UNKNOWN

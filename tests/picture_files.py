"""Picture files of every format, each with the pixels that it means."""

import io
import struct
import zlib
from typing import NamedTuple

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 13, 22
GREY, COLOURS, PALETTE, GREY_AND_OPACITY, COLOURS_AND_OPACITY = 0, 2, 3, 4, 6
DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    COLOURS: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_AND_OPACITY: (8, 16),
    COLOURS_AND_OPACITY: (8, 16),
}
_CHANNELS = {
    GREY: 1,
    COLOURS: 3,
    PALETTE: 1,
    GREY_AND_OPACITY: 2,
    COLOURS_AND_OPACITY: 4,
}
_PASSES = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)


class PictureFile(NamedTuple):
    """A file and what it means.

    Attributes:
        content: of the file.
        pixels: uint8 [h, w, 4].
        tolerance: of lossy formats, in levels.
    """

    content: bytes
    pixels: np.ndarray
    tolerance: int = 0


def opaque(colours):
    """uint8 [h, w, 3] with full opacity."""
    return np.dstack([colours, np.full_like(colours[..., 0], 255)])


def smooth_drawing():
    """Colours [h, w, 3] that lossy formats hardly change; no two corners alike."""
    corners = np.uint8(
        [[[0, 10, 20], [90, 100, 60]], [[150, 110, 170], [255, 240, 220]]]
    )
    return np.asarray(Image.fromarray(corners).resize((32, 24), Image.BILINEAR))


def encoded(image, file_format, **options):
    """Content of a file that Pillow writes."""
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    content = io.BytesIO()
    image.save(content, file_format, **options)
    return content.getvalue()


def chunk(name, content):
    """A part of a PNG file."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(values, kind, depth, *, interlaced=False, before=b"", after=b""):
    """A PNG file of [h, w, channels] numbers, written by the book."""
    height, width = values.shape[:2]
    parts = [values]
    if interlaced:
        parts = [
            values[row::down, column::right] for row, column, down, right in _PASSES
        ]
    rows = b"".join(
        b"\0" + row.tobytes()
        for part in parts
        if part.size
        for row in _packed(part, depth)
    )
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            before,
            chunk(b"IDAT", zlib.compress(rows)),
            after,
            chunk(b"IEND", b""),
        ]
    )


def _packed(values, depth):
    """Rows of bytes: 1, 2 and 4 bits share one."""
    height = len(values)
    if depth == 16:
        return values.astype(">u2").reshape(height, -1).view(np.uint8)
    flat = values.reshape(height, -1).astype(np.uint8)
    if depth == 8:
        return flat
    bits = flat[..., np.newaxis] >> np.arange(depth - 1, -1, -1, dtype=np.uint8) & 1
    return np.packbits(bits.reshape(height, -1), axis=-1)


def _pngs():
    for kind, depths in DEPTHS.items():
        for depth in depths:
            for interlaced in (False, True):
                has_transparent = (False, True) if kind <= PALETTE else (False,)
                for transparent in has_transparent:
                    name = f"png_{kind}_{depth}"
                    name += "_interlaced" * interlaced + "_transparent" * transparent
                    yield name, _random_png(kind, depth, interlaced, transparent)


def _random_png(kind, depth, interlaced, transparent):
    random = np.random.default_rng(0)
    values = random.integers(0, 2**depth, [HEIGHT, WIDTH, _CHANNELS[kind]])
    pixels = np.full([HEIGHT, WIDTH, 4], 255, np.uint8)
    before = b""
    if kind == PALETTE:
        palette = random.integers(0, 256, [2**depth, 4], np.uint8)
        palette[:, 3] = palette[:, 3] if transparent else 255
        pixels = palette[values[..., 0]]
        before = chunk(b"PLTE", palette[:, :3].tobytes())
        before += chunk(b"tRNS", palette[:, 3].tobytes()) if transparent else b""
    else:
        colours = _CHANNELS[kind] - (kind >= GREY_AND_OPACITY)
        levels = np.round(values * (255 / (2**depth - 1)))
        pixels[..., :3] = levels[..., :colours]
        if kind >= GREY_AND_OPACITY:
            pixels[..., 3] = levels[..., -1]
        if transparent:
            chosen = values[3, 4]
            before = chunk(b"tRNS", struct.pack(f">{len(chosen)}H", *chosen))
            pixels[..., 3] = np.where(np.all(values == chosen, axis=-1), 0, 255)
    content = png(values, kind, depth, interlaced=interlaced, before=before)
    return PictureFile(content, pixels)


def _scans():
    """16-bit files of scans that use fewer bits, as 8-bit copies show them."""
    pixels = np.random.default_rng(0).integers(0, 256, [HEIGHT, WIDTH, 3], np.uint8)
    pixels[0, 0] = 255
    for bits in (10, 12):
        values = np.round(pixels * ((2**bits - 1) / 255)).astype(int)
        colours = PictureFile(png(values, COLOURS, 16), opaque(pixels))
        grey = pixels[..., [0, 0, 0]]
        yield f"png_scan_of_{bits}_bits_in_colour", colours
        yield (
            f"png_scan_of_{bits}_bits",
            PictureFile(png(values[..., :1], GREY, 16), opaque(grey)),
        )


def bmp(
    rows, depth, size, *, header=40, compression=0, palette=b"", masks=b"", after=b""
):
    """A BMP file of rows of bytes, bottom row first if the height is positive."""
    width, height = size
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, depth)
    else:
        info = struct.pack(
            "<IiiHHIIiiII", header, width, height, 1, depth, compression, 0, 0, 0, 0, 0
        )
    info += masks
    info += bytes(max(0, header - len(info)))
    rows = b"".join(row + bytes(-len(row) % 4) for row in rows)
    start = 14 + len(info) + len(palette)
    head = b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start)
    return head + info + palette + rows + after


def _bmps():
    random = np.random.default_rng(0)
    size = (WIDTH, HEIGHT)
    for depth in (1, 4, 8):
        palette = random.integers(0, 256, [2**depth, 3], np.uint8)
        places = random.integers(0, 2**depth, [HEIGHT, WIDTH])
        pixels = opaque(palette[places])
        rows = [row.tobytes() for row in _packed(places, depth)]
        short = palette[:, ::-1].tobytes()
        long = np.insert(palette[:, ::-1], 3, 0, axis=-1).tobytes()
        name = f"bmp_{depth}"
        yield name, PictureFile(bmp(rows[::-1], depth, size, palette=long), pixels)
        content = bmp(rows, depth, (WIDTH, -HEIGHT), palette=long)
        yield f"{name}_top_down", PictureFile(content, pixels)
        content = bmp(rows[::-1], depth, size, header=12, palette=short)
        yield f"{name}_of_os2", PictureFile(content, pixels)
        content = bmp(
            rows[::-1], depth, size, header=124, palette=long, after=b"more" * 9
        )
        yield f"{name}_new_with_more_behind", PictureFile(content, pixels)
    yield from _bmps_of_colours(random.integers(0, 256, [HEIGHT, WIDTH, 4], np.uint8))


def _bmps_of_colours(pixels):
    size = (WIDTH, HEIGHT)
    plain = opaque(pixels[..., :3])
    blue_first = pixels[::-1, :, [2, 1, 0, 3]]
    rows24 = [row.tobytes() for row in blue_first[..., :3]]
    rows32 = [row.tobytes() for row in blue_first]
    yield "bmp_24", PictureFile(bmp(rows24, 24, size), plain)
    yield "bmp_24_of_os2", PictureFile(bmp(rows24, 24, size, header=12), plain)
    yield (
        "bmp_24_with_more_behind",
        PictureFile(bmp(rows24, 24, size, after=b"\0" * 50), plain),
    )
    yield "bmp_24_top_down", PictureFile(bmp(rows24[::-1], 24, (WIDTH, -HEIGHT)), plain)
    yield "bmp_32_with_filler", PictureFile(bmp(rows32, 32, size), plain)
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    content = bmp(rows32, 32, size, header=108, compression=3, masks=masks)
    yield "bmp_32_with_opacity", PictureFile(content, pixels)
    content = bmp(rows32, 32, size, compression=3, masks=masks[:12])
    yield "bmp_32_with_masks", PictureFile(content, plain)
    for name, bits, masks in [
        ("555", (5, 5, 5), (0x7C00, 0x3E0, 0x1F)),
        ("565", (5, 6, 5), (0xF800, 0x7E0, 0x1F)),
    ]:
        parts = pixels[..., :3] >> np.uint8([8 - n for n in bits])
        shifts = [sum(bits[1:]), bits[2], 0]
        values = np.sum(parts.astype(int) << shifts, axis=-1).astype("<u2")
        most = 2 ** np.array(bits) - 1
        shown = opaque((parts.astype(int) * 255 // most).astype(np.uint8))
        rows = [row.tobytes() for row in values[::-1]]
        masks = struct.pack("<III", *masks)
        yield (
            f"bmp_16_{name}",
            PictureFile(bmp(rows, 16, size, compression=3, masks=masks), shown),
        )
        if name == "555":
            yield "bmp_16", PictureFile(bmp(rows, 16, size), shown)


def _webps():
    pixels = np.random.default_rng(0).integers(0, 256, [HEIGHT, WIDTH, 4], np.uint8)
    pixels[..., 3] |= 1  # Colours of what cannot be seen are not kept.
    plain = opaque(pixels[..., :3])
    lossless = {"lossless": True, "exact": True}
    others = [Image.fromarray(255 - pixels)]
    animated = {**lossless, "save_all": True, "append_images": others}
    yield "webp", PictureFile(encoded(plain[..., :3], "WebP", **lossless), plain)
    yield "webp_with_opacity", PictureFile(encoded(pixels, "WebP", **lossless), pixels)
    yield (
        "webp_animated",
        PictureFile(encoded(plain[..., :3], "WebP", **animated), plain),
    )
    content = encoded(pixels, "WebP", **animated)
    yield "webp_animated_with_opacity", PictureFile(content, pixels)


def _animated_png():
    pixels = np.random.default_rng(0).integers(0, 256, [HEIGHT, WIDTH, 4], np.uint8)
    others = [Image.fromarray(255 - pixels)]
    content = encoded(pixels, "PNG", save_all=True, append_images=others)
    return PictureFile(content, pixels)


def without_adobe(content):
    """A JPEG file that does not say how its colours are meant."""
    start = content.index(b"\xff\xee")
    end = start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")
    return content[:start] + content[end:]


def _lossy():
    colours = smooth_drawing()
    image = Image.fromarray(colours)
    grey = image.convert("L")
    pixels, grey_pixels = opaque(colours), np.asarray(grey.convert("RGBA"))
    inks = encoded(image.convert("CMYK"), "JPEG", quality=95)
    yield "jpeg_grey", PictureFile(encoded(grey, "JPEG", quality=95), grey_pixels, 4)
    for name, options in {
        "jpeg": {},
        "jpeg_progressive": {"progressive": True},
        "jpeg_all_colours": {"subsampling": 0},
        "jpeg_half_colours": {"subsampling": 1},
    }.items():
        content = encoded(image, "JPEG", quality=95, **options)
        yield name, PictureFile(content, pixels, 12)
    yield "jpeg_inks", PictureFile(inks, pixels, 12)
    yield "jpeg_inks_without_adobe", PictureFile(without_adobe(inks), pixels, 12)
    yield "webp_lossy", PictureFile(encoded(image, "WebP", quality=95), pixels, 12)


GRAPH_FILES = dict(
    [
        *_pngs(),
        *_scans(),
        *_bmps(),
        *_webps(),
        *_lossy(),
        ("png_animated", _animated_png()),
    ]
)


def _others():
    """Files that Python alone reads."""
    colours = smooth_drawing()
    image = Image.fromarray(colours)
    pixels = opaque(colours)
    grey = np.asarray(image.convert("L"))
    grey_pixels = opaque(grey[..., np.newaxis].repeat(3, axis=-1))
    few = image.quantize(16)
    few_pixels = np.asarray(few.convert("RGBA"))
    two = image.convert("1")
    two_pixels = np.asarray(two.convert("RGBA"))
    twelve = np.round(grey * (4095 / 255)).astype(np.uint16)
    twelve[-1, -1] = 4095
    twelve_pixels = grey_pixels.copy()
    twelve_pixels[-1, -1] = 255
    others = {"save_all": True, "append_images": [Image.new("P", few.size)]}
    yield "gif", encoded(few, "GIF"), few_pixels, 0
    yield "gif_animated", encoded(few, "GIF", **others), few_pixels, 0
    yield "tiff", encoded(image, "TIFF"), pixels, 0
    yield "tiff_lzw", encoded(image, "TIFF", compression="tiff_lzw"), pixels, 0
    yield "tiff_fax", encoded(two, "TIFF", compression="group4"), two_pixels, 0
    yield "tiff_inks", encoded(image.convert("CMYK"), "TIFF"), pixels, 0
    yield "tiff_12_bits", encoded(Image.fromarray(twelve), "TIFF"), twelve_pixels, 0
    floats = Image.fromarray(grey.astype(np.float32) / 255)
    yield "tiff_floats", encoded(floats, "TIFF"), grey_pixels, 0
    pages = {"save_all": True, "append_images": [Image.new("RGB", (9, 9))]}
    yield "tiff_pages", encoded(image, "TIFF", **pages), pixels, 0
    yield "pgm", encoded(image.convert("L"), "PPM"), grey_pixels, 0
    yield "pbm", encoded(two, "PPM"), two_pixels, 0
    yield "avif", encoded(image, "AVIF", quality=100, subsampling="4:4:4"), pixels, 3
    yield "bmp_run_lengths", _run_lengths(), _run_lengths_pixels(), 0


def _run_lengths():
    """A BMP file whose rows are runs: 22 times a place, end of the row; the end."""
    palette = bytes(range(4)) + bytes([90, 60, 30, 0])
    rows = b"".join(bytes([WIDTH, row % 2, 0, 0]) for row in range(HEIGHT)) + b"\0\1"
    head = bmp([], 8, (WIDTH, HEIGHT), compression=1, palette=palette)
    return head[:46] + struct.pack("<I", 2) + head[50:] + rows


def _run_lengths_pixels():
    colours = np.uint8([[2, 1, 0], [30, 60, 90]])
    return opaque(
        colours[np.arange(HEIGHT)[::-1] % 2][:, np.newaxis].repeat(WIDTH, axis=1)
    )


FILES = {
    **GRAPH_FILES,
    **{name: PictureFile(*rest) for name, *rest in _others()},
}

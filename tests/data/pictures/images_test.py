import numpy as np
import pytest
from PIL import Image

from metanet_tf.data.pictures import PictureError, read_pixels

# Black strokes on white, with grey between; every mode but those of 1 bit shows it.
DRAWING = np.full([8, 10], 255, np.uint8)
DRAWING[1:4, 2:9] = 0
DRAWING[5, 3:] = 102


def _palette():
    """The drawing by places in a palette: 0 white, 1 black, 2 grey."""
    places = np.where(DRAWING == 255, 0, np.where(DRAWING == 0, 1, 2)).astype(np.uint8)
    image = Image.fromarray(places)
    image.putpalette([255, 255, 255, 0, 0, 0, 102, 102, 102])
    assert image.mode == "P"
    return image


def _of_palette_and_opacity():
    image = Image.new("PA", DRAWING.shape[::-1])
    image.putpalette([255, 255, 255, 0, 0, 0, 102, 102, 102])
    places = np.asarray(_palette())
    full = np.full_like(places, 255)
    image.frombytes(np.dstack([places, full]).tobytes())
    return image


def _numbers(dtype, scale, mode):
    numbers = np.round(DRAWING * (scale / 255)) if scale > 1 else DRAWING / 255
    image = Image.fromarray(numbers.astype(dtype))
    assert image.mode == mode
    return image


def _of_blue_order():
    image = Image.fromarray(np.round(DRAWING * 257.0).astype(">u2"))
    assert image.mode == "I;16B"
    return image


def _grey():
    return Image.fromarray(DRAWING)


IMAGES = {
    "L": _grey,
    "LA": lambda: _grey().convert("LA"),
    "La": lambda: _grey().convert("LA").convert("La"),
    "P": _palette,
    "P of opacities": lambda: _grey().convert("RGBA").quantize(4),
    "PA": _of_palette_and_opacity,
    "RGB": lambda: _grey().convert("RGB"),
    "RGBA": lambda: _grey().convert("RGBA"),
    "RGBa": lambda: _grey().convert("RGBA").convert("RGBa"),
    "RGBX": lambda: Image.frombytes(
        "RGBX", (10, 8), np.dstack([DRAWING] * 3 + [DRAWING * 0]).tobytes()
    ),
    "CMYK": lambda: _grey().convert("RGB").convert("CMYK"),
    "YCbCr": lambda: _grey().convert("RGB").convert("YCbCr"),
    "HSV": lambda: _grey().convert("RGB").convert("HSV"),
    "LAB": lambda: Image.frombytes(
        "LAB", (10, 8), np.dstack([_lightness(), DRAWING * 0, DRAWING * 0]).tobytes()
    ),
    "I": lambda: _numbers(np.int32, 255, "I"),
    "I of 16 bits": lambda: _numbers(np.int32, 65535, "I"),
    "I;16": lambda: _numbers(np.uint16, 65535, "I;16"),
    "I;16 of 12 bits": lambda: _numbers(np.uint16, 4095, "I;16"),
    "I;16B": _of_blue_order,
    "F": lambda: _numbers(np.float32, 1, "F"),
    "F of 255": lambda: _numbers(np.float32, 255, "F"),
}


def _lightness():
    """Lightness of black, white and this grey, in 8 bits: 43.2 % of 255."""
    return np.where(DRAWING == 102, 110, DRAWING).astype(np.uint8)


@pytest.mark.parametrize("mode", IMAGES)
def test_every_mode_shows_the_drawing(mode):
    image = IMAGES[mode]()
    pixels = read_pixels(image).astype(int)
    expected = np.dstack([DRAWING] * 3 + [np.full_like(DRAWING, 255)])
    np.testing.assert_allclose(pixels, expected, atol=1)


def test_one_bit_is_black_and_white():
    image = _grey().convert("1", dither=Image.Dither.NONE)
    expected = np.where(DRAWING > 127, 255, 0)
    np.testing.assert_array_equal(read_pixels(image)[..., 0], expected)


@pytest.mark.parametrize(
    "image, transparent",
    [
        (_grey(), 102),
        (_grey().convert("RGB"), (102, 102, 102)),
        (_palette(), 2),
        (_palette(), bytes([255, 255, 0])),
        (_numbers(np.uint16, 65535, "I;16"), 102 * 257),
    ],
    ids=["L", "RGB", "P", "P with bytes", "I;16"],
)
def test_transparent_colour_is_transparent(image, transparent):
    image.info["transparency"] = transparent
    pixels = read_pixels(image)
    np.testing.assert_array_equal(pixels[..., 3], np.where(DRAWING == 102, 0, 255))
    seen = pixels[..., 3] > 0
    np.testing.assert_array_equal(pixels[..., 0][seen], DRAWING[seen])


def test_image_stays_as_it_was():
    image = _palette()
    image.getexif()[0x0112] = 6
    read_pixels(image)
    assert (image.mode, image.size) == ("P", (10, 8))
    assert image.getexif()[0x0112] == 6


def test_large_images_are_refused():
    with pytest.raises(PictureError, match="query 3 has 80 pixels; at most 79"):
        read_pixels(_grey(), max_pixels=79, name="query 3")


def test_closed_image_is_refused(tmp_path):
    path = tmp_path / "a.png"
    _grey().save(path)
    with Image.open(path) as image:
        pass
    with pytest.raises(PictureError, match="query 3 is an image of Pillow that"):
        read_pixels(image, name="query 3")


@pytest.mark.parametrize("value", [-1.0, np.nan, 1e6])
def test_numbers_that_are_no_brightness_are_refused(value):
    image = Image.fromarray(np.full([2, 2], value, np.float32))
    with pytest.raises(PictureError, match="query 3 has numbers"):
        read_pixels(image, name="query 3")

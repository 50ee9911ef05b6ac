import io

import numpy as np
import pytest
from PIL import Image

from metanet_tf.data.pictures import PictureError
from metanet_tf.demo.uploads import shrink


def file(image, **settings):
    content = io.BytesIO()
    image.save(content, **{"format": "PNG", **settings})
    return content.getvalue()


def opened(content):
    picture = Image.open(io.BytesIO(content))
    assert picture.format == "WEBP"
    return np.asarray(picture.convert("RGBA"))


def noise(height, width, channels):
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, [height, width, channels], np.uint8)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_small_picture_keeps_its_pixels(mode):
    image = Image.fromarray(noise(70, 90, len(mode)), mode)
    expected = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(opened(shrink(file(image), "a.png")), expected)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4000, 3000), (384, 512)), ((10, 5000), (512, 1)), ((512, 512), (512, 512))],
)
def test_large_picture_keeps_its_shape(size, expected):
    content = file(Image.new("L", size, 200), format="PNG")
    assert opened(shrink(content, "a.png")).shape[:2] == expected


def test_photo_becomes_small_enough_to_keep_many():
    photo = Image.fromarray(noise(900, 1200, 3)).resize([4800, 3600])
    assert len(shrink(file(photo, format="JPEG"), "a.jpg")) <= 64 * 2**10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_turned_upright(orientation):
    """The camera's eight orientations of one scene: black to the left above."""
    scene = np.full([40, 60], 255, np.uint8)
    scene[:20, :30] = 0
    stored = {
        1: scene, 2: scene[:, ::-1], 3: scene[::-1, ::-1], 4: scene[::-1],
        5: scene.T, 6: scene.T[::-1], 7: scene.T[::-1, ::-1], 8: scene.T[:, ::-1],
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = file(Image.fromarray(stored), format="JPEG", exif=exif, quality=95)
    found = opened(shrink(content, "a.jpg"))[..., 0]
    assert found.shape == scene.shape
    assert np.abs(found.astype(int) - scene).mean() < 8


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_formats_are_read(format):
    image = Image.new("L", [30, 30], 255)
    image.paste(0, (5, 5, 9, 25))
    found = opened(shrink(file(image, format=format), "a"))[..., 0]
    assert np.abs(found.astype(int) - np.asarray(image)).mean() < 3


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_file_that_is_no_picture_is_named(content):
    with pytest.raises(PictureError, match="a.png"):
        shrink(content, "a.png")


def test_bomb_is_refused():
    with pytest.raises(PictureError, match="bomb.png"):
        shrink(file(Image.new("1", [22_000, 22_000])), "bomb.png")

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf.saved_model.decoding import FORMATS, decode_picture, picture_format

LOSSLESS = {"PNG": {}, "WebP": {"lossless": True, "exact": True}, "BMP": {}}


def _picture(channels, seed=0):
    return np.random.default_rng(seed).integers(0, 256, [5, 7, channels], np.uint8)


def _encoded(picture, file_format, **options):
    content = io.BytesIO()
    Image.fromarray(np.squeeze(picture)).save(content, file_format, **options)
    return content.getvalue()


def _opaque(colours):
    return np.concatenate([colours, np.full_like(colours[..., :1], 255)], axis=-1)


@pytest.mark.parametrize("file_format", LOSSLESS)
def test_colours_are_decoded(file_format):
    colours = _picture(3)
    decoded = decode_picture(_encoded(colours, file_format, **LOSSLESS[file_format]))
    np.testing.assert_array_equal(decoded, _opaque(colours))


@pytest.mark.parametrize("file_format", LOSSLESS)
def test_grey_is_decoded_to_equal_colours(file_format):
    grey = _picture(1)
    decoded = decode_picture(_encoded(grey, file_format, **LOSSLESS[file_format]))
    np.testing.assert_array_equal(decoded, _opaque(grey.repeat(3, axis=-1)))


@pytest.mark.parametrize("file_format", ["PNG", "WebP"])
def test_opacity_is_decoded(file_format):
    picture = _picture(4)
    decoded = decode_picture(_encoded(picture, file_format, **LOSSLESS[file_format]))
    np.testing.assert_array_equal(decoded, picture)


def test_filler_of_a_bmp_is_no_opacity():
    picture = _picture(4)
    picture[..., 3] = 0
    decoded = decode_picture(_encoded(picture, "BMP"))
    np.testing.assert_array_equal(decoded, _opaque(picture[..., :3]))


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_decoded_to_colours(channels):
    picture = np.full([8, 8, channels], 120, np.uint8)
    decoded = decode_picture(_encoded(picture, "JPEG"))
    expected = _opaque(np.full([8, 8, 3], 120))
    np.testing.assert_allclose(decoded, expected, atol=2)


def test_first_picture_of_an_animation_counts():
    first, second = _picture(4), _picture(4, seed=1)
    options = {**LOSSLESS["WebP"], "save_all": True}
    content = _encoded(
        first, "WebP", append_images=[Image.fromarray(second)], **options
    )
    shown = first[..., 3] > 0
    np.testing.assert_array_equal(decode_picture(content)[shown], first[shown])


@pytest.mark.parametrize("file_format", FORMATS)
def test_damaged_file_is_refused(file_format):
    content = _encoded(_picture(3), file_format)
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_picture(tf.constant(content[: len(content) // 2]))


def test_formats_are_known_by_their_beginnings():
    files = [_encoded(_picture(3), file_format) for file_format in FORMATS]
    others = [b"", b"GIF89a", b"a.png", b"RIFF\0\0\0\0WAVE", b"\x89PN"]
    expected = [*range(len(FORMATS)), *(-1 for _ in others)]
    np.testing.assert_array_equal(picture_format(files + others), expected)

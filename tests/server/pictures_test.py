import time

import numpy as np
import pytest
from PIL import Image

from metanet_tf.server.pictures import check_pictures
from metanet_tf.server.request_error import RequestError
from tests.bombs import BOMBS
from tests.picture_files import encoded


def _check(*contents, max_pictures=4, max_megapixels=0.01):
    inputs = {"pictures": np.array(contents, object), "numbers": np.zeros([2])}
    check_pictures(inputs, max_pictures=max_pictures, max_megapixels=max_megapixels)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP"])
def test_pixels_of_all_pictures_count(picture_file, format):
    picture = picture_file(0.5, format, size=70)  # 4,900 pixels
    _check(picture, picture)
    with pytest.raises(RequestError, match="0.01 megapixels. Received: 0.0147") as over:
        _check(picture, picture, picture)
    assert over.value.status == 413


def test_pictures_are_counted(picture_file):
    _check(*[picture_file(0.5)] * 4)
    with pytest.raises(RequestError, match="4 pictures. Received: 5") as over:
        _check(*[picture_file(0.5)] * 5)
    assert over.value.status == 413


@pytest.mark.parametrize("name", ["png", "png_animated", "webp", "jpeg", "bmp"])
def test_bombs_are_refused_at_once(name):
    start = time.perf_counter()
    with pytest.raises(RequestError, match="16 megapixels. Received: ") as over:
        _check(BOMBS[name].content, max_megapixels=16)
    assert over.value.status == 413
    assert time.perf_counter() - start < 1


def test_size_beyond_the_limit_of_pillow_is_too_large(picture_file):
    content = bytearray(picture_file(0.5, "WEBP"))
    content[26:30] = b"\xff\x3f\xff\x3f"
    with pytest.raises(RequestError, match="too large .*268402689") as over:
        _check(bytes(content))
    assert over.value.status == 413


def test_frames_of_an_animation_count():
    frames = [Image.new("RGB", (10, 10), (50 * index, 0, 0)) for index in range(5)]
    others = {"save_all": True, "append_images": frames[1:]}
    content = encoded(frames[0], "WebP", **others)
    _check(content, max_megapixels=0.0005)
    with pytest.raises(RequestError, match="0.0004 megapixels. Received: 0.0005"):
        _check(content, max_megapixels=0.0004)


@pytest.mark.parametrize(
    "content", [b"", b"text", b"BM is no picture", b"\0" * 99, b"GIF89a", b"P1 words"]
)
def test_other_strings_are_left_to_the_model(content):
    _check(content)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_picture_that_does_not_tell_its_size_is_refused(picture_file, format):
    with pytest.raises(RequestError, match="damaged") as refused:
        _check(picture_file(0.5, format)[:14])
    assert refused.value.status == 400


def test_size_of_a_bomb_is_told_and_not_warned_of(recwarn):
    with pytest.raises(RequestError, match="Received: 3000."):
        _check(BOMBS["jpeg"].content)
    assert not list(recwarn)

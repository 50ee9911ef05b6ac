import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.serving.decoding import decode_picture

INK = [[0, 90], [200, 255]]  # Brightness, as on white paper.


def _decoded(picture, encode=tf.io.encode_png):
    return decode_picture(encode(np.array(picture, np.uint8))).numpy()


def test_opaque_picture_is_unchanged():
    colours = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    np.testing.assert_array_equal(_decoded(colours), colours)


@pytest.mark.parametrize("num_colours", [1, 3])
def test_transparent_paper_is_white(num_colours):
    brightness = np.array(INK)[..., np.newaxis]
    black = np.zeros_like(brightness).repeat(num_colours, axis=-1)
    picture = np.concatenate([black, 255 - brightness], axis=-1)
    np.testing.assert_array_equal(_decoded(picture), brightness.repeat(3, axis=-1))


def test_colour_of_what_is_not_seen_does_not_count():
    np.testing.assert_array_equal(_decoded([[[70, 80, 90, 0]]]), [[[255] * 3]])


@pytest.mark.parametrize(
    ("size", "rows", "columns"),
    [
        ((2, 5), slice(1, 3), slice(0, 5)),
        ((6, 2), slice(0, 6), slice(2, 4)),
        ((3, 3), slice(0, 3), slice(0, 3)),
    ],
)
def test_picture_is_in_the_middle_of_a_square_of_paper(size, rows, columns):
    side = max(size)
    expected = np.full([side, side, 3], 255)
    expected[rows, columns] = 40
    np.testing.assert_array_equal(_decoded(np.full([*size, 1], 40)), expected)


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_decoded_to_colours(channels):
    picture = np.full([8, 8, channels], 120)
    decoded = _decoded(picture, encode=tf.io.encode_jpeg)
    np.testing.assert_allclose(decoded, np.full([8, 8, 3], 120), atol=2)


@pytest.mark.parametrize("encode", [tf.io.encode_png, tf.io.encode_jpeg])
def test_damaged_file_is_refused(encode):
    content = encode(np.zeros([8, 8, 3], np.uint8)).numpy()
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_picture(tf.constant(content[: len(content) // 2]))

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from metanet_tf.serving.decoding import decode_picture
from metanet_tf.serving.orientation import turn_upright

ORIENTATION, MAKER = 0x0112, 0x010F


def _jpeg(orientation, byte_order):
    """A grey JPEG file of six patches of 8 x 8 pixels, in two rows."""
    notes = Image.Exif()
    notes.endian = byte_order
    notes[MAKER] = "a maker of cameras"
    if orientation is not None:
        notes[ORIENTATION] = orientation
    patches = (
        np.uint8([[0, 40, 80], [120, 160, 200]]).repeat(8, axis=0).repeat(8, axis=1)
    )
    content = io.BytesIO()
    Image.fromarray(patches).save(content, "JPEG", exif=notes, quality=100)
    return content.getvalue()


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_pillow_turns_them(orientation, byte_order):
    content = _jpeg(orientation, byte_order)
    assert (b"II*" if byte_order == "<" else b"MM\x00*") in content
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    np.testing.assert_allclose(decode_picture(content)[..., 0], expected, atol=2)


@pytest.mark.parametrize("orientation", [None, 0, 9])
def test_pictures_without_a_valid_note_stay(orientation):
    content = _jpeg(orientation, "<")
    picture = tf.io.decode_jpeg(content)
    np.testing.assert_array_equal(turn_upright(picture, content), picture)


def test_what_looks_like_a_note_outside_of_the_notes_does_not_count():
    note = b"II*\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00"
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    content = b"\xff\xd8\xff\xe1" + note
    np.testing.assert_array_equal(turn_upright(picture, content), picture)
    noted = b"\xff\xd8\xff\xe1Exif\x00\x00" + note
    assert turn_upright(picture, noted)[..., 0].numpy().tolist() == [
        [3, 0],
        [4, 1],
        [5, 2],
    ]

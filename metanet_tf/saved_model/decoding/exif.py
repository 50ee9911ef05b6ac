"""The way up that a file's EXIF notes say its picture is meant."""

import tensorflow as tf

from metanet_tf.data.pictures import orientation
from metanet_tf.saved_model.decoding.content import (
    big,
    little,
    numbers,
    starts_with,
    take,
)

_MARK = b"Exif\0\0"  # Stands before the notes in JPEG, and sometimes in others.
_ENTRY = 12  # Bytes: tag (2), type (2), number of values (4), value (4).
_SHORT, _LONG = 3, 4  # Types.


def turn_upright(picture: tf.Tensor, content: tf.Tensor, notes: tf.Tensor) -> tf.Tensor:
    """Turns and mirrors a picture as its file's notes say.

    Args:
        picture: uint8 [h, w, 4].
        content: string [], the file.
        notes: int32 [], where its EXIF notes begin; negative if there are none.

    Returns:
        uint8 [h, w, 4] or [w, h, 4].
    """
    value = tf.cond(
        notes < 0, lambda: orientation.UPRIGHT, lambda: _orientation(content, notes)
    )
    turned = tf.cond(
        value == orientation.UPRIGHT, lambda: picture, lambda: _turn(picture, value)
    )
    return tf.ensure_shape(turned, [None, None, 4])


def _turn(picture: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    place = value - 1
    rows, columns = tf.unstack(tf.gather(orientation.STEPS, place % 4))
    order = tf.where(place < 4, [0, 1], [1, 0])
    whole = tf.bitcast(picture, tf.int32)  # Four bytes at once are faster.
    turned = tf.transpose(whole, order)[::rows, ::columns]
    return tf.bitcast(turned, tf.uint8)


def _orientation(content: tf.Tensor, notes: tf.Tensor) -> tf.Tensor:
    """EXIF's number, int32 [] in [1, 8]; upright where there is none."""
    is_marked = starts_with(numbers(content, notes, len(_MARK)), _MARK)
    start = notes + tf.where(is_marked, len(_MARK), 0)
    head = numbers(content, start, 8)
    is_big = starts_with(head, b"MM")
    entries = _entries(content, start, head, is_big)
    tags, types = (_whole(entries[:, at : at + 2], is_big) for at in (0, 2))
    count = _whole(entries[:, 4:8], is_big)
    short, long = (_whole(entries[:, 8 : 8 + size], is_big) for size in (2, 4))
    value = tf.where(types == _SHORT, short, long)
    # More values than fit into an entry stand elsewhere.
    is_here = (types == _SHORT) & (count <= 2) | (types == _LONG) & (count <= 1)
    is_note = (tags == orientation.TAG) & (count > 0) & is_here
    is_note &= (value >= 1) & (value <= 8)
    is_note &= (is_big | starts_with(head, b"II")) & (_whole(head[2:4], is_big) == 42)
    return tf.concat([tf.boolean_mask(value, is_note), [orientation.UPRIGHT]], 0)[0]


def _entries(
    content: tf.Tensor, start: tf.Tensor, head: tf.Tensor, is_big: tf.Tensor
) -> tf.Tensor:
    """Entries of the picture itself, int32 [n, 12]; its thumbnail has others."""
    directory = start + tf.minimum(
        _whole(head[4:8], is_big), tf.strings.length(content)
    )
    number = _whole(numbers(content, directory, 2), is_big)
    found = tf.io.decode_raw(take(content, directory + 2, number * _ENTRY), tf.uint8)
    whole = tf.size(found) // _ENTRY * _ENTRY
    return tf.cast(tf.reshape(found[:whole], [-1, _ENTRY]), tf.int32)


def _whole(values: tf.Tensor, is_big: tf.Tensor) -> tf.Tensor:
    return tf.where(is_big, big(values), little(values))

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from metanet_tf.data.pictures import PictureError, read_pixels
from metanet_tf.saved_model.decoding import decode_picture
from tests import oriented_files
from tests.graph_decoder import decode
from tests.picture_files import GRAPH_FILES

CONTENTS = [file.content for file in GRAPH_FILES.values()]
CONTENTS += [file.content for file in oriented_files.FILES.values()]
LIMIT = 10_000  # Pixels, so that no damaged size takes long.

limited = tf.function(
    lambda content: decode_picture(content, LIMIT),
    input_signature=[tf.TensorSpec([], tf.string)],
)


def _read(content):
    """Pixels by both decoders, None where one refuses the file."""
    try:
        by_graph = limited(content).numpy()
    except tf.errors.InvalidArgumentError:
        by_graph = None
    try:
        by_python = read_pixels(content, max_pixels=LIMIT)
    except PictureError:
        by_python = None
    return by_graph, by_python


@strategies.composite
def _damaged(draw):
    """A file of which some bytes are others, are left out or come twice."""
    content = bytearray(draw(strategies.sampled_from(CONTENTS)))
    for _ in range(draw(strategies.integers(1, 4))):
        # Most of what a decoder obeys stands at the beginning.
        last = draw(strategies.sampled_from([60, len(content) - 1]))
        at = draw(strategies.integers(0, min(last, len(content) - 1)))
        kind = draw(strategies.sampled_from(["other", "out", "twice", "end"]))
        if kind == "other":
            content[at] = draw(strategies.integers(0, 255))
        elif kind == "out":
            del content[at : at + draw(strategies.integers(1, 8))]
        elif kind == "twice":
            content[at:at] = content[at : at + draw(strategies.integers(1, 40))]
        else:
            del content[at:]
        if not content:
            break
    return bytes(content)


QUICK = hypothesis.settings(max_examples=300)


@QUICK
@hypothesis.given(_damaged())
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_refused_or_read(content):
    for pixels in _read(content):
        assert pixels is None or pixels.ndim == 3


@QUICK
@hypothesis.given(strategies.binary(max_size=100))
def test_other_bytes_are_refused(content):
    assert _read(content) == (None, None)


BEGINNINGS = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x20\0\0\0WEBP", b"BM"]


@QUICK
@hypothesis.given(strategies.sampled_from(BEGINNINGS), strategies.binary(max_size=100))
def test_bytes_behind_a_beginning_are_refused(beginning, content):
    assert _read(beginning + content) == (None, None)


@pytest.mark.parametrize("name", GRAPH_FILES)
def test_half_a_file_is_refused(name):
    content = GRAPH_FILES[name].content
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(content[: len(content) // 2])


@pytest.mark.parametrize("name", ["webp", "webp_animated", "bmp_1", "bmp_24"])
def test_cut_file_is_said_to_be_cut(name):
    content = GRAPH_FILES[name].content
    with pytest.raises(tf.errors.InvalidArgumentError, match="is cut off or damaged"):
        decode(content[: len(content) // 2])


@pytest.mark.parametrize("name", ["jpeg", "jpeg_progressive", "webp", "png_0_8"])
def test_file_cut_anywhere_is_refused(name):
    content = GRAPH_FILES[name].content
    for size in range(0, len(content) - 1, 7):
        with pytest.raises(tf.errors.InvalidArgumentError):
            decode(content[:size])


def test_one_damaged_file_does_not_change_the_others():
    good = GRAPH_FILES["png_0_8"]
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(good.content[:-30])
    np.testing.assert_array_equal(decode(good.content), good.pixels)

import time

import pytest
import tensorflow as tf

from metanet_tf.saved_model.decoding import decode_picture
from tests.bombs import BOMBS
from tests.graph_decoder import decode
from tests.picture_files import FILES

SMALL = FILES["png_animated"]


@pytest.mark.parametrize("name", [name for name in BOMBS if BOMBS[name].reads_graph])
def test_bombs_are_refused_at_once(name):
    decode(SMALL.content)
    start = time.perf_counter()
    with pytest.raises(tf.errors.InvalidArgumentError) as refused:
        decode(BOMBS[name].content)
    assert time.perf_counter() - start < 1
    assert "pixels (width, height, frames)" in refused.value.message
    assert "at most 64,000,000 are read" in refused.value.message


def test_limit_can_be_set():
    height, width = SMALL.pixels.shape[:2]
    pixels = 2 * height * width
    assert decode_picture(SMALL.content, pixels).shape == SMALL.pixels.shape
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"at most {pixels - 1}"):
        decode_picture(SMALL.content, pixels - 1)

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.serving.decoding import decode_picture
from tests.oriented_files import FILES, turned

decode = tf.function(decode_picture, input_signature=[tf.TensorSpec([], tf.string)])


@pytest.mark.parametrize("name", FILES)
def test_pictures_are_turned_as_their_notes_say(name):
    file = FILES[name]
    pixels = decode(file.content).numpy().astype(int)
    np.testing.assert_allclose(pixels[..., 0], turned(file.orientation), atol=2)

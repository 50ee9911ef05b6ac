import numpy as np
import pytest

from tests.graph_decoder import decode
from tests.oriented_files import FILES, turned


@pytest.mark.parametrize("name", FILES)
def test_pictures_are_turned_as_their_notes_say(name):
    file = FILES[name]
    pixels = decode(file.content).numpy().astype(int)
    np.testing.assert_allclose(pixels[..., 0], turned(file.orientation), atol=2)

import io
import pathlib

import numpy as np
import pytest
from PIL import Image

from metanet_tf.data.pictures import read_pixels
from tests.picture_files import FILES

# Pillow's images of these have lost bits when they come.
ROUNDED = {
    name: 1 for name in FILES if name.startswith(("png_2_16", "png_4_16", "png_6_16"))
}
WAYS = {
    "path": lambda path: path,
    "text": str,
    "content": pathlib.Path.read_bytes,
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "stream": lambda path: io.BytesIO(path.read_bytes()),
    "array": lambda path: FILES[path.stem].pixels,
    "list": lambda path: FILES[path.stem].pixels.tolist(),
}


def _close(received, file, more=0):
    assert received.dtype == np.uint8
    tolerance = file.tolerance + more
    np.testing.assert_allclose(received.astype(int), file.pixels, atol=tolerance)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_pixels_of_its_drawing(tmp_path, name, way):
    path = tmp_path / name
    path.write_bytes(FILES[name].content)
    _close(read_pixels(WAYS[way](path)), FILES[name])


@pytest.mark.parametrize(
    "name", [n for n in FILES if "transparent" not in n and "scan" not in n]
)
def test_images_that_pillow_opened_give_the_pixels_of_their_drawing(name):
    image = Image.open(io.BytesIO(FILES[name].content))
    _close(read_pixels(image), FILES[name], ROUNDED.get(name, 0))

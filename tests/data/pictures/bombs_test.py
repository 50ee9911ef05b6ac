import io
import subprocess
import sys
import time

import pytest
from PIL import Image

from metanet_tf.data.pictures import MAX_PIXELS, PictureError, read_pixels
from tests.bombs import BOMBS


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once(name):
    bomb = BOMBS[name]
    start = time.perf_counter()
    with pytest.raises(PictureError, match=f"query 7 has {bomb.size}.*`max_pixels`"):
        read_pixels(bomb.content, name="query 7")
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_that_pillow_opened_are_refused(name, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # As people do.
    image = Image.open(io.BytesIO(BOMBS[name].content))
    with pytest.raises(PictureError, match=f"query 7 has {BOMBS[name].size}"):
        read_pixels(image, name="query 7")


_READ = """
import resource, sys
from metanet_tf.data.pictures import read_pixels
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(read_pixels(sys.argv[1]).shape)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_photo_of_fifty_million_pixels_is_read_in_a_gigabyte_and_a_half(tmp_path):
    path = tmp_path / "photo.jpg"
    notes = Image.Exif()
    notes[0x0112] = 6
    photo = Image.new("RGB", (8192, 6144), (200, 100, 50))
    photo.save(path, exif=notes)
    assert photo.width * photo.height <= MAX_PIXELS
    command = [sys.executable, "-c", _READ, str(path)]
    shape, kibibytes = subprocess.check_output(command, text=True).splitlines()
    assert shape == "(8192, 6144, 4)"
    assert int(kibibytes) * 1024 < 1.5e9

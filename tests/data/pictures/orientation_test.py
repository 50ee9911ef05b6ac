import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from metanet_tf.data.pictures import read_pixels
from tests.oriented_files import FIELDS, FILES, TAG, turned
from tests.picture_files import encoded


def _shows(pixels, orientation):
    received = pixels[..., 0].astype(int)
    np.testing.assert_allclose(received, turned(orientation), atol=2)


@pytest.mark.parametrize("name", FILES)
def test_pictures_are_turned_as_their_notes_say(name):
    _shows(read_pixels(FILES[name].content), FILES[name].orientation)


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"jpeg_xmp"}))
def test_images_that_pillow_opened_are_turned_as_their_notes_say(name):
    image = Image.open(io.BytesIO(FILES[name].content))
    _shows(read_pixels(image), FILES[name].orientation)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_of_pillow_are_turned(orientation):
    image = Image.fromarray(FIELDS)
    image.getexif()[TAG] = orientation
    _shows(read_pixels(image), orientation)


@pytest.mark.parametrize("file_format", ["TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_other_formats_are_turned(file_format, orientation):
    notes = Image.Exif()
    notes[TAG] = orientation
    content = encoded(FIELDS, file_format, exif=notes, quality=100)
    _shows(read_pixels(content), orientation)
    _shows(read_pixels(Image.open(io.BytesIO(content))), orientation)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned(orientation):
    file = pillow_heif.from_pillow(Image.fromarray(FIELDS))
    notes = Image.Exif()
    notes[TAG] = orientation
    content = io.BytesIO()
    file.save(content, quality=100, exif=notes.tobytes())
    _shows(read_pixels(content.getvalue()), orientation)


def test_arrays_are_taken_as_they_are():
    _shows(read_pixels(FIELDS), 1)

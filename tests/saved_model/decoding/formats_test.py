import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.data.pictures import read_pixels
from metanet_tf.saved_model.decoding import (
    FORMATS,
    describe,
    picture_format,
)
from tests.graph_decoder import decode
from tests.picture_files import FILES, GRAPH_FILES

# Two libraries turn inks into colours; they round differently.
ROUNDED = {"jpeg_inks": 1, "jpeg_inks_without_adobe": 1}


@pytest.mark.parametrize("name", GRAPH_FILES)
def test_every_format_gives_the_pixels_of_its_drawing(name):
    file = GRAPH_FILES[name]
    received = decode(file.content).numpy().astype(int)
    np.testing.assert_allclose(received, file.pixels, atol=file.tolerance)


@pytest.mark.parametrize("name", GRAPH_FILES)
def test_every_format_gives_the_pixels_that_python_reads(name):
    content = GRAPH_FILES[name].content
    expected = read_pixels(content).astype(int)
    np.testing.assert_allclose(decode(content), expected, atol=ROUNDED.get(name, 0))


@pytest.mark.parametrize("name", sorted(FILES.keys() - GRAPH_FILES.keys()))
def test_formats_that_the_graph_does_not_read_are_refused_by_name(name):
    names = {"tiff": "a TIFF", "pgm": "a PNM", "pbm": "a PNM", "avif": "an AVIF"}
    names |= {"gif": "a GIF", "bmp": "a compressed BMP"}
    expected = f"it is {names[name.split('_')[0]]} picture. Save it as PNG"
    with pytest.raises(tf.errors.InvalidArgumentError, match=expected):
        decode(FILES[name].content)


def test_formats_are_known_by_their_beginnings():
    names = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP", "bmp": "BMP"}
    for name, file in FILES.items():
        known = names.get(name.split("_")[0])
        expected = FORMATS.index(known) if known else -1
        assert picture_format(file.content).numpy() == expected


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"a.png", b"RIFF\0\0\0\0WAVE", b"\x89PN"]
)
def test_what_begins_otherwise_is_of_no_format(content):
    assert picture_format([content]).numpy().tolist() == [-1]


def test_files_are_described():
    contents = [b"", b"GIF89a", b"%PDF-1.7", b"a.png", b"\0\0\0\x18ftypheic"]
    assert [text.decode() for text in describe(contents).numpy()] == [
        "an empty file",
        "a GIF picture",
        "a PDF document",
        "a file of an unknown format",
        "a HEIC picture",
    ]

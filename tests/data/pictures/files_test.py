import io
import os
import pickle
import sys
import threading

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageFile

from metanet_tf.data.pictures import PictureError, picture_size, read_pixels
from metanet_tf.utils.errors import InputError
from tests.picture_files import FILES, GRAPH_FILES, encoded, smooth_drawing

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


def _refused(picture, reason, **options):
    with pytest.raises(PictureError, match=reason) as refused:
        read_pixels(picture, **options)
    assert isinstance(refused.value, InputError)
    return refused.value


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "is empty. Replace it"),
        (b"%PDF-1.7 and more", "is a PDF document. Save it as PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is an SVG drawing. Save it"),
        (b"<?xml version='1.0'?>\n<svg/>", "is an SVG drawing"),
        (b"<!DOCTYPE html><p>404", "is a web page"),
        ("kein Bild, sondern Wörter".encode(), "is text"),
        (b"PK\3\4 and more", "is a ZIP archive"),
        (b"\0\0\0\x18ftypisom", "is a video"),
        (b"8BPS\0\1", "is a Photoshop document"),
        (b"\xff\x0a\0\0", "is a JPEG XL picture"),
        (b"\0\1\2\3", "is a file of an unknown format"),
        (b"\x93NUMPY\1\0", "is an array file of NumPy"),
    ],
)
def test_other_files_are_refused_by_their_name(tmp_path, content, reason):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    _refused(path, f"a.png {reason}")
    _refused(content, f"query 7 {reason}", name="query 7")


def test_what_is_no_file_is_refused_by_its_reason(tmp_path):
    _refused(tmp_path / "no.png", "no.png does not exist")
    _refused(tmp_path, f"{tmp_path.name} is a folder")
    _refused("a\0b.png", "cannot be opened .*null")
    os.mkfifo(tmp_path / "pipe")
    _refused(tmp_path / "pipe", "pipe is no file but a device or a pipe")


def test_file_without_access_is_refused_by_its_reason(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"")

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    _refused(path, r"a.png cannot be opened \(.*Permission denied")


def test_stream_of_text_is_refused(tmp_path):
    _refused(io.StringIO("text"), "the picture is a stream of text. Open it with mode")


def test_names_of_any_bytes_are_told(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.png"
    _refused(os.fsdecode(path), r"\.png does not exist")


def test_home_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.png").write_bytes(FILES["png_0_8"].content)
    assert read_pixels("~/a.png").shape == FILES["png_0_8"].pixels.shape


@pytest.mark.parametrize("name", FILES)
def test_half_a_file_is_refused_as_cut(name):
    content = FILES[name].content
    formats = "BMP|PNG|JPEG|WebP|GIF|TIFF|PNM|AVIF"
    reason = f"({formats}) picture that is cut off, damaged or of a rare kind"
    _refused(content[: len(content) // 2], reason)


@pytest.mark.parametrize("name", ["jpeg", "jpeg_progressive", "webp", "bmp_24", "tiff"])
def test_file_cut_anywhere_is_refused(name):
    content = FILES[name].content
    for size in range(1, len(content) - 1, 7):
        _refused(content[:size], "the picture is ")


def test_heic_is_read(tmp_path):
    image = Image.fromarray(smooth_drawing())
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(image).save(path, quality=100, chroma=444)
    pixels = read_pixels(path)
    np.testing.assert_allclose(pixels[..., :3].astype(int), smooth_drawing(), atol=6)
    assert np.all(pixels[..., 3] == 255)


def test_damaged_heic_is_refused():
    _refused(HEIC, "a HEIC picture that is cut off, damaged or of a rare kind")


def test_heic_is_refused_by_name_where_nothing_reads_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    _refused(HEIC, r"is a HEIC picture, .*pip install -e '\.\[heif\]'")


def test_avif_is_refused_by_name_where_nothing_reads_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.AvifImagePlugin", None)
    for content in (FILES["avif"].content, HEIC.replace(b"mif1", b"avif")):
        _refused(content, "is an AVIF picture, .*pip install 'pillow>=11.3'")


def test_errors_can_be_pickled_and_have_their_parts():
    error = _refused(b"", "is empty", name="query 7")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.name, copy.reason, copy.remedy) == (
        "query 7",
        "is empty",
        "Replace it or leave it out.",
    )
    assert str(copy) == str(error)


@pytest.mark.parametrize("name", GRAPH_FILES)
def test_size_is_told_by_the_header(name):
    height, width = GRAPH_FILES[name].pixels.shape[:2]
    frames = 2 if "animated" in name else 1
    size = picture_size(GRAPH_FILES[name].content)
    assert size == (width, height, frames)
    assert size.pixels == height * width * frames


def test_size_of_what_is_no_picture_is_not_told():
    with pytest.raises(PictureError, match="query 7 is text"):
        picture_size(b"words", name="query 7")


def test_pillow_is_left_as_it_is():
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, dict(Image.OPEN))
    for file in FILES.values():
        read_pixels(file.content)
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES) == before[:2]
    assert before[2].items() <= Image.OPEN.items()


def test_limit_of_pillow_does_not_count(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    assert read_pixels(FILES["jpeg"].content).shape == FILES["jpeg"].pixels.shape


def test_threads_read_at_once():
    expected = {name: read_pixels(file.content) for name, file in FILES.items()}
    wrong = []

    def read():
        for name, file in FILES.items():
            if not np.array_equal(read_pixels(file.content), expected[name]):
                wrong.append(name)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_pages_and_views_are_not_frames():
    """A photo with a map of its light has several pictures, as a scan has pages."""
    image = Image.fromarray(smooth_drawing())
    pixels = image.width * image.height
    others = {"save_all": True, "append_images": [image] * 9}
    for content in (encoded(image, "TIFF", **others), encoded(image, "MPO", **others)):
        assert read_pixels(content, max_pixels=pixels).shape[:2] == image.size[::-1]


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WebP", "AVIF"])
def test_frames_of_an_animation_count(file_format):
    frames = [Image.new("RGB", (20, 10), (9 * index, 0, 0)) for index in range(5)]
    others = {"save_all": True, "append_images": frames[1:]}
    content = encoded(frames[0], file_format, **others)
    assert read_pixels(content, max_pixels=1000).shape == (10, 20, 4)
    _refused(content, "has 5 frames of 200 pixels; at most 999", max_pixels=999)


def test_picture_of_no_pixels_is_refused():
    _refused(Image.new("L", (0, 0)), "has no pixels")


def test_names_are_escaped_in_messages(tmp_path):
    path = tmp_path / "a\x1b[31m\nb.png"
    path.write_bytes(b"some text")
    message = str(_refused(path, "is text"))
    assert message.isprintable() and r"a\x1b[31m\nb.png" in message

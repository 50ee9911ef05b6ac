import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf.data import pictures as pictures_module
from metanet_tf.data.pictures import PictureError
from metanet_tf.one_shot import pictures
from metanet_tf.one_shot.pictures import (
    BlankPictureWarning,
    Prepared,
    prepare,
    warn_of_blank,
)


def _prepare(loaded, pictures, ink, **settings):
    return prepare(loaded.module, pictures, ink, max_pixels=10**6, **settings)


@pytest.fixture
def expected(loaded, draw):
    """Images that the model's own graph makes of the two drawn pictures."""
    files = [tf.io.encode_png(p[..., np.newaxis]).numpy() for p in draw(2)]
    return loaded.module.prepare(files, "dark").numpy()


def _colours(pictures):
    return pictures[..., np.newaxis].repeat(3, axis=-1)


@pytest.mark.parametrize(
    "variant",
    [
        lambda p: p,
        lambda p: 255 - p,
        lambda p: p[..., np.newaxis],
        _colours,
        lambda p: p / 255,
        lambda p: (p / 255).astype(np.float32),
        lambda p: p.astype(np.int64),
        lambda p: p > 127,
        list,
        lambda p: [_colours(p)[0], p[1]],
        lambda p: np.stack([np.zeros_like(p), 255 - p], axis=-1),
        lambda p: [Image.fromarray(picture) for picture in p],
        lambda p: [tf.io.encode_png(picture[..., None]).numpy() for picture in p],
    ],
)
def test_pictures_of_all_kinds_are_prepared_alike(loaded, draw, expected, variant):
    prepared = _prepare(loaded, variant(draw(2)), "detect")
    np.testing.assert_allclose(prepared.images, expected, atol=1e-6)
    assert prepared.names == ["picture 0", "picture 1"]


def test_files_are_prepared_and_named(loaded, draw, expected, write, tmp_path):
    drawn = draw(2)
    paths = [write(tmp_path / f"{i}.png", drawn[i]) for i in range(2)]
    for given in (paths, [str(path) for path in paths], np.array(paths, str)):
        prepared = _prepare(loaded, given, "detect")
        np.testing.assert_array_equal(prepared.images, expected)
        assert prepared.names == [str(path) for path in paths]


def test_sizes_may_differ(loaded, draw):
    one, other = draw(1, side=20)[0], draw(1, side=33)[0]
    prepared = _prepare(loaded, [one, other], "detect").images
    np.testing.assert_array_equal(prepared[1:], _alone(loaded, other))
    np.testing.assert_array_equal(prepared[:1], _alone(loaded, one))


def _alone(loaded, picture):
    return _prepare(loaded, picture[np.newaxis], "detect").images


@pytest.mark.parametrize(("pictures_at_once", "pixels_at_once"), [(3, 10**6), (9, 1)])
def test_many_pictures_are_prepared_a_few_at_a_time(
    loaded, draw, monkeypatch, pictures_at_once, pixels_at_once
):
    drawn = [*draw(4), *draw(3, side=33), *draw(2, seed=1)]
    expected = np.concatenate([_alone(loaded, picture) for picture in drawn])
    monkeypatch.setattr(pictures, "_PICTURES_AT_ONCE", pictures_at_once)
    monkeypatch.setattr(pictures, "_PIXELS_AT_ONCE", pixels_at_once)
    prepared = _prepare(loaded, drawn, "detect")
    np.testing.assert_allclose(prepared.images, expected, atol=1e-6)
    assert prepared.places.tolist() == list(range(9))


def test_picture_is_decoded_and_prepared_once(
    loaded, draw, write, tmp_path, monkeypatch
):
    paths = [write(tmp_path / f"{i}.png", picture) for i, picture in enumerate(draw(5))]
    read, sizes = [], []

    class Module:
        def prepare_pixels(self, pixels, ink):
            sizes.append(len(pixels))
            return loaded.module.prepare_pixels(pixels, ink)

        def is_blank(self, images):
            return loaded.module.is_blank(images)

    def read_pixels(picture, **settings):
        read.append(picture)
        return pictures_module.read_pixels(picture, **settings)

    monkeypatch.setattr(pictures, "read_pixels", read_pixels)
    prepare(Module(), paths, "detect", max_pixels=10**6)
    assert read == paths and [size for size in sizes if size] == [5]


def test_unreadable_pictures_are_left_out_and_told(loaded, draw, tmp_path):
    errors = []
    given = [draw(1)[0], b"GIF89a", draw(1, seed=1)[0], tmp_path / "none.png"]
    prepared = _prepare(loaded, given, "detect", unreadable=errors.append)
    expected = _prepare(loaded, given[::2], "detect")
    np.testing.assert_array_equal(prepared.images, expected.images)
    assert prepared.places.tolist() == [0, 2]
    assert prepared.names == ["picture 0", "picture 2"]
    assert [error.name for error in errors] == ["picture 1", str(tmp_path / "none.png")]


def test_pictures_that_are_too_large_are_refused(loaded, draw):
    with pytest.raises(PictureError, match="picture 1 has 400 pixels"):
        prepare(
            loaded.module, [draw(1, side=10)[0], draw(1)[0]], "dark", max_pixels=399
        )


def test_blank_pictures_are_named_in_one_warning(loaded, draw):
    white = np.full([20, 20], 255, np.uint8)
    prepared = _prepare(loaded, [white, draw(1)[0], *[white] * 6], "detect")
    assert prepared.is_blank.tolist() == [True, False, *[True] * 6]
    with pytest.warns(BlankPictureWarning, match="in picture 0, .*5 and 2 more: ") as w:
        warn_of_blank(prepared)
    assert len(w) == 1


def test_pictures_with_ink_are_no_cause_for_a_warning(loaded, draw, recwarn):
    warn_of_blank(_prepare(loaded, draw(2), "detect"))
    warn_of_blank(
        Prepared(np.zeros([0, 2, 2, 1]), [], np.zeros(0, int), np.zeros(0, bool))
    )
    assert not recwarn.list


@pytest.mark.parametrize("none", [[], np.zeros([0, 20, 20])])
def test_no_pictures_are_no_images(loaded, none):
    assert _prepare(loaded, none, "detect").images.shape == (0, 16, 16, 1)


def test_ink_may_be_told(loaded, draw):
    assert not _prepare(loaded, draw(1), "light").images.any()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\x89PNG damaged", "is a PNG picture that is cut off"),
        (b"%PDF-1.7", "is a PDF document"),
    ],
)
def test_damaged_file_is_named(loaded, draw, write, tmp_path, content, reason):
    good, bad = write(tmp_path / "a.png", draw(1)[0]), tmp_path / "b.png"
    bad.write_bytes(content)
    with pytest.raises(PictureError, match=f"{bad} {reason}"):
        _prepare(loaded, [good, bad], "detect")


def test_array_that_is_no_picture_is_named(loaded, draw):
    with pytest.raises(PictureError, match=r"picture 1 has the shape \[5\]"):
        _prepare(loaded, [draw(1)[0], np.zeros([5])], "detect")

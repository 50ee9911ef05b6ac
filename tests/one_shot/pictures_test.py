import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from metanet_tf.errors import InputError
from metanet_tf.one_shot import pictures
from metanet_tf.one_shot.pictures import prepare


@pytest.fixture
def expected(network, draw):
    """What the network's own graph makes of the two drawn pictures."""
    files = [tf.io.encode_png(p[..., np.newaxis]).numpy() for p in draw(2)]
    return network.functions.prepare(files, "dark").numpy()


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
def test_pictures_of_all_kinds_are_prepared_alike(network, draw, expected, variant):
    prepared = prepare(network, variant(draw(2)), "detect")
    np.testing.assert_allclose(prepared.images, expected, atol=1e-6)
    assert prepared.names == ["picture 0", "picture 1"]


def test_files_are_prepared_and_named(network, draw, expected, write, tmp_path):
    drawn = draw(2)
    paths = [write(tmp_path / f"{i}.png", drawn[i]) for i in range(2)]
    for given in (paths, [str(path) for path in paths], np.array(paths, str)):
        prepared = prepare(network, given, "detect")
        np.testing.assert_array_equal(prepared.images, expected)
        assert prepared.names == [str(path) for path in paths]


def test_sizes_may_differ(network, draw):
    one, other = draw(1, side=20)[0], draw(1, side=33)[0]
    prepared = prepare(network, [one, other], "detect").images
    np.testing.assert_array_equal(prepared[1:], _alone(network, other))
    np.testing.assert_array_equal(prepared[:1], _alone(network, one))


def _alone(network, picture):
    return prepare(network, picture[np.newaxis], "detect").images


def test_many_arrays_are_prepared_a_few_at_a_time(network, draw, monkeypatch):
    drawn = draw(7)
    expected = prepare(network, drawn, "detect").images
    monkeypatch.setattr(pictures, "_AT_ONCE", 3)
    np.testing.assert_array_equal(prepare(network, drawn, "detect").images, expected)


@pytest.mark.parametrize("none", [[], np.zeros([0, 20, 20])])
def test_no_pictures_are_no_images(network, none):
    assert prepare(network, none, "detect").images.shape == (0, 16, 16, 1)


def test_ink_may_be_told(network, draw):
    assert not prepare(network, draw(1), "light").images.any()


@pytest.mark.parametrize("content", [b"", b"\x89PNG damaged", b"GIF89a"])
def test_damaged_file_is_named(network, draw, write, tmp_path, content):
    good, bad = write(tmp_path / "a.png", draw(1)[0]), tmp_path / "b.png"
    bad.write_bytes(content)
    with pytest.raises(InputError, match=f"undamaged PNG.*{bad}. Replace"):
        prepare(network, [good, bad], "detect")


def test_missing_file_is_named(network, tmp_path):
    with pytest.raises(InputError, match=f"can be read.*{tmp_path}/none.png"):
        prepare(network, [tmp_path / "none.png"], "detect")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.full([2, 5, 5], 2.0), r"\[0, 1\].*`images`, in \[2.0, 2.0\]"),
        (np.full([2, 5, 5], 256), r"\[0, 255\].*in \[256, 256\]"),
        ([np.zeros([5, 5]), np.full([5, 5], np.nan)], "picture 1, in .nan"),
        (np.zeros([2, 5, 5, 7]), r"up to 4 channels.*\[5, 5, 7\]"),
        (np.zeros([2, 0, 5]), r"Received: `images`, \[0, 5, 1\]"),
        ([np.zeros([5, 5]), np.zeros([5])], r"picture 1, \[5\]"),
        ([np.full([5, 5], "ink")], "array of numbers.*picture 0, <U3"),
        ("a.png", "list of pictures.*brackets"),
        (b"\x89PNG", "list of pictures.*brackets"),
    ],
)
def test_what_is_no_picture_is_refused(network, bad, message):
    with pytest.raises(InputError, match=message):
        prepare(network, bad, "detect")

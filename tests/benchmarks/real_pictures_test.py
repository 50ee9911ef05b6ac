import json

import numpy as np
import pytest

from benchmarks import real_pictures
from benchmarks.real_pictures import CONDITIONS, SHAPES, by_hand, draw
from metanet_tf.one_shot.classifier import OneShotClassifier


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real_pictures")
    return real_pictures.RealPicturesConfig(
        model=OneShotClassifier().model,
        queries=3,
        digit_tasks=60,
        json=str(folder / "results.json"),
        contact_sheet=str(folder / "sheet.png"),
    )


@pytest.fixture(scope="module")
def results(config):
    real_pictures.report(config)
    with open(config.json) as file:
        return json.load(file)["results"]


def test_the_default_model_names_pictures_under_every_condition(results):
    assert set(results["shapes"]) == set(CONDITIONS)
    wrong = {name: share for name, share in results["shapes"].items() if share < 0.95}
    assert not wrong
    assert results["mean"] >= 0.98


def test_the_default_model_names_tiny_digits(results):
    assert results["digits"]["accuracy"] >= 0.75


def test_the_contact_sheet_shows_every_condition(config, results):
    with real_pictures.Image.open(config.contact_sheet) as sheet:
        assert sheet.height % len(CONDITIONS) == 0
        assert sheet.width % (2 * len(SHAPES)) == 0
        pixels = np.asarray(sheet.convert("L"))
    rows = np.split(pixels, len(CONDITIONS))
    assert all(np.ptp(row) > 100 for row in rows)


def test_one_seed_gives_one_picture_and_another_another():
    for name, condition in CONDITIONS.items():
        if name == "12 megapixels":
            continue  # A second each.
        first, again, other = (
            condition(by_hand("boat", rng), rng)
            for rng in map(np.random.default_rng, (0, 0, 1))
        )
        assert first.tobytes() == again.tobytes(), name
        assert first.tobytes() != other.tobytes(), name


@pytest.mark.parametrize("size", [0.3, 0.65, 1.0])
def test_a_drawing_has_its_size_and_place(size):
    picture = draw(by_hand("star", np.random.default_rng(0)), size=size)
    ink = np.asarray(picture.convert("L")) < 128
    spans = [np.flatnonzero(ink.any(axis=axis)) for axis in (0, 1)]
    sides = [span[-1] - span[0] + 1 for span in spans]
    assert max(sides) == pytest.approx(size * real_pictures.SIDE, abs=3)
    for span in spans:
        assert span[0] + span[-1] == pytest.approx(real_pictures.SIDE, abs=4)

"""The example pictures are drawn anew alike, and are named as their files are."""

import importlib.util
import json
import pathlib

import numpy as np
import pytest
from PIL import Image

from metanet_tf.commands.classify import classify
from metanet_tf.config import ClassifyConfig

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"
QUERIES = sorted((EXAMPLES / "my_queries").iterdir())
MAX_FILE_SIZE = 10_000  # bytes


@pytest.fixture(scope="module")
def drawn():
    path = EXAMPLES / "draw_my_classes.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.pictures()


def test_pictures_are_those_of_the_script(drawn):
    files = [*QUERIES, *(EXAMPLES / "my_classes").iterdir()]
    assert {path.relative_to(EXAMPLES).as_posix() for path in files} == {*drawn}
    for place, picture in drawn.items():
        with Image.open(EXAMPLES / place) as image:
            shipped = np.asarray(image)
        # Another processor may round a sum the other way.
        difference = np.abs(shipped.astype(int) - picture)
        assert difference.max() <= 1, place
        assert np.mean(difference > 0) < 0.01, place


def test_pictures_are_small():
    files = [*QUERIES, *(EXAMPLES / "my_classes").iterdir()]
    assert max(path.stat().st_size for path in files) < MAX_FILE_SIZE


def test_shipped_model_names_every_query(capsys):
    config = ClassifyConfig(support_dir=str(EXAMPLES / "my_classes"), json=True)
    assert classify(config, [str(path) for path in QUERIES]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    named = {
        pathlib.Path(answer["picture"]).stem: answer["class"] for answer in answers
    }
    assert named.pop("star") is None  # It has no example: none of these.
    assert named == {name: name.split("_")[0] for name in named}
    assert len(named) == 12

import subprocess

import numpy as np
import pytest
from PIL import Image

from benchmarks import many_pictures as script
from metanet_tf.utils.errors import InputError


@pytest.mark.parametrize(("varied", "sizes"), [(False, 1), (True, 5)])
def test_pictures_are_drawings_of_one_size_or_of_many(tmp_path, varied, sizes):
    config = script.ManyPicturesConfig(count=6, varied=varied)
    script.write_pictures(tmp_path, config)
    pictures = list(map(Image.open, sorted((tmp_path / "pictures").iterdir())))
    assert len(pictures) == 6
    assert len(list((tmp_path / "classes").iterdir())) == 20
    assert len({picture.size for picture in pictures}) >= sizes
    assert all(np.ptp(np.asarray(picture)) > 200 for picture in pictures)


@pytest.fixture
def started(monkeypatch):
    """Folders of the checkouts whose command was started, in turn; each ends well."""
    folders = []

    def run(command, env, **_):
        folders.append(env["PYTHONPATH"])
        return subprocess.CompletedProcess(
            command, 3 if "--bad" in command else 0, "", ""
        )

    monkeypatch.setattr(script.subprocess, "run", run)
    return folders


def test_checkouts_are_timed_in_turn(started, capsys):
    config = script.ManyPicturesConfig(count=1, repeats=2, repository="/before")
    assert list(script.compare(config)) == [str(script.HERE), "/before"]
    assert started == 2 * [str(script.HERE), "/before"]
    assert "ratio" in capsys.readouterr().out


@pytest.mark.usefixtures("started")
def test_a_checkout_that_fails_is_told_of():
    config = script.ManyPicturesConfig(count=1, arguments="--bad")
    with pytest.raises(InputError, match="ended with code 3"):
        script.compare(config)

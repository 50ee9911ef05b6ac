import pytest

from metanet_tf.commands.publish import publish
from metanet_tf.config import PublishConfig
from metanet_tf.errors import InputError
from metanet_tf.pretrained import read_pretrained

RESULTS = {
    "steps": 1,
    "best_step": 1,
    "seconds": 1.0,
    "seed": 0,
    "command": "bin/train",
    "versions": {"tensorflow": "2.21.0", "commit": ""},
}


def _config(run_folder, **settings):
    return PublishConfig(
        train_dir=str(run_folder.path),
        pretrained_dir=str(run_folder.path.parent / "pretrained"),
        episodes=2,
        **settings,
    )


def test_run_becomes_a_pretrained_model(run_folder, capsys):
    run_folder.write(run_folder.results_file, RESULTS)
    publish(_config(run_folder, name="tiny", ways="2"))
    folder = run_folder.path.parent / "pretrained" / "tiny"
    (rejection,) = read_pretrained(folder).rejections
    assert (rejection.n_way, rejection.k_shot) == (2, 2)
    shown = capsys.readouterr().out
    assert "# tiny" in shown and f"{folder} holds the pretrained model." in shown


@pytest.mark.parametrize("name", ["", "../escape", "Omniglot", "20way"])
def test_name_that_is_no_name_is_refused(run_folder, name):
    with pytest.raises(InputError, match="`name` must be.*Change --name"):
        publish(_config(run_folder, name=name))


def test_ways_that_are_no_numbers_are_refused(run_folder):
    with pytest.raises(InputError, match="`ways` must be numbers"):
        publish(_config(run_folder, name="tiny", ways="five"))

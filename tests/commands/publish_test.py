import pytest

from metanet_tf.commands.publish import NO_THRESHOLD, publish
from metanet_tf.config import PublishConfig
from metanet_tf.pretrained import publish as publish_module
from metanet_tf.pretrained import read_pretrained
from metanet_tf.utils.errors import InputError

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
        model=str(run_folder.path),
        pretrained_dir=str(run_folder.path.parent / "pretrained"),
        episodes=2,
        calibration_episodes=2,
        **settings,
    )


def test_run_becomes_a_pretrained_model(run_folder, capsys):
    run_folder.write(run_folder.results_file, RESULTS)
    publish(_config(run_folder, name="tiny", tasks="2x2"))
    folder = run_folder.path.parent / "pretrained" / "tiny"
    (rejection,) = read_pretrained(folder).rejections
    assert (rejection.n_way, rejection.k_shot) == (2, 2)
    accuracy, last = capsys.readouterr().out.splitlines()
    assert accuracy.startswith("2-way 2-shot: ")
    assert last == f"{folder} holds the pretrained model and its card."


def test_command_says_that_there_is_no_threshold(run_folder, capsys, monkeypatch):
    published = publish_module.Published(run_folder.path, [], rejections=[])
    monkeypatch.setattr(publish_module, "publish_run", lambda *_: published)
    publish(_config(run_folder, name="tiny"))
    assert NO_THRESHOLD in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("name", ["", "../escape", "Omniglot", "20way"])
def test_name_that_is_no_name_is_refused(run_folder, name):
    with pytest.raises(InputError, match="`name` must be.*Change --name"):
        publish(_config(run_folder, name=name))


@pytest.mark.parametrize(
    "tasks", ["five", "5", "5x", "5x1;20x1", "5x1,", "", "2x1,0x0", "1x1", "5x0"]
)
def test_sizes_of_task_that_are_none_are_refused(run_folder, tasks):
    with pytest.raises(InputError, match="`tasks` must be sizes.*Change --tasks"):
        publish(_config(run_folder, name="tiny", tasks=tasks))

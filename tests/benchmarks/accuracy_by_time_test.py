import json
import pathlib
import shutil

import pytest

from benchmarks import accuracy_by_time
from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from metanet_tf.data import load_dataset
from metanet_tf.evaluation.accuracy import evaluate
from metanet_tf.training.run import Run
from metanet_tf.training.trained_model import load_snapshot
from metanet_tf.utils.errors import InputError


@pytest.fixture(scope="module")
def train_dir(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("run"))
    config = RunConfig(
        DataConfig(),
        EpisodeConfig(n_way=2, queries_per_class=1),
        ModelConfig(learner="mlp", hidden_units=4, augmented_layers=1),
        TrainingConfig(
            train_dir=folder,
            steps=12,
            snapshot_every=4,
            validation_episodes=2,
        ),
    )
    Run(config).train()
    return folder


@pytest.fixture
def peer_file(tmp_path):
    path = tmp_path / "peer.json"
    point = {"seconds": 5.0, "steps": 9, "accuracy": 0.9, "half_width": 0.01}
    path.write_text(json.dumps({"test": [point]}))
    return path


def test_each_snapshot_is_a_point_in_order(train_dir, peer_file, tmp_path):
    files = {"json": str(tmp_path / "a.json"), "picture": str(tmp_path / "a.png")}
    settings = accuracy_by_time.CurveConfig(
        model=train_dir, peer=str(peer_file), episodes=3, **files
    )
    accuracy_by_time.draw(settings)
    curves = json.loads((tmp_path / "a.json").read_text())
    ours = curves["MetaNet"]
    assert [point["steps"] for point in ours] == [4, 8, 12]
    seconds = [point["seconds"] for point in ours]
    assert seconds == sorted(seconds) and seconds[0] > 0
    model, _ = load_snapshot(train_dir, 8)
    task = EpisodeConfig(n_way=2, queries_per_class=1)
    classes = load_dataset(DataConfig()).test
    expected = evaluate(model, classes, task, episodes=3, seed=0).accuracy
    assert ours[1]["accuracy"] == pytest.approx(expected.value)
    assert curves["Prototypical Networks"][0]["accuracy"] == 0.9
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_run_without_snapshots_is_refused(train_dir, tmp_path):
    shutil.copy(pathlib.Path(train_dir, "flags.txt"), tmp_path)
    settings = accuracy_by_time.CurveConfig(model=str(tmp_path))
    with pytest.raises(InputError, match="snapshots.*none.*--snapshot_every"):
        accuracy_by_time.draw(settings)


@pytest.mark.parametrize("content", ["", "[1]", "{}"])
def test_file_that_is_no_peers_is_refused(content, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(InputError, match="`peer` must be.*Received: .*other.json"):
        accuracy_by_time.read_peer(str(path))

import json
import shutil

import pytest
import tensorflow as tf

from benchmarks import survival
from metanet_tf.training.run import Run
from metanet_tf.training.run_folder import RunFolder


@pytest.fixture(scope="module")
def whole(small_config, tmp_path_factory):
    folder = RunFolder(tmp_path_factory.mktemp("survival") / "run")
    config = small_config(
        steps=2, checkpoint_every=1, summary_every=1, train_dir=str(folder.path)
    )
    run = Run(config)
    run.train()
    run.finish("train")
    folder.export_dir.mkdir()
    (folder.export_dir / "saved_model.pb").touch()
    return folder.path


@pytest.fixture
def other(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "other")


def test_a_copy_does_not_differ(whole, other):
    assert survival.differences(whole, other) == []


def test_a_changed_bit_is_found(whole, other):
    path = str(other / "best" / "ckpt-2")
    reader = tf.train.load_checkpoint(path)
    names = [x for x in reader.get_variable_to_shape_map() if "VARIABLE_VALUE" in x]
    tensors = {name: reader.get_tensor(name) for name in names}
    name = next(name for name, value in tensors.items() if value.ndim == 2)
    tensors[name][0, 0] += 1e-6
    tf.raw_ops.SaveV2(
        prefix=path,
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=list(tensors.values()),
    )
    assert survival.differences(whole, other) == [f"best/ckpt-2/{name}"]


def test_other_results_doubled_curves_and_leftovers_are_found(whole, other):
    results = json.loads((other / "results.json").read_text())
    (other / "results.json").write_text(json.dumps(results | {"accuracy": -1.0}))
    (events,) = other.glob("events.*")
    shutil.copy(events, other / "events.out.tfevents.2")
    (other / "checkpoints" / "ckpt-1_temp").mkdir()
    assert survival.differences(whole, other) == [
        "results.json",
        "curves",
        "left over: ckpt-1_temp",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_training_is_as_if_it_had_not_been(tmp_path, workers):
    file = tmp_path / "survival.json"
    survival.survive(survival.SurvivalConfig(3, workers, steps=100, json=str(file)))
    figures = json.loads(file.read_text())
    assert (figures["kills"], figures["differing"]) == (3, [])

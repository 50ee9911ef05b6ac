import shutil
import time
import weakref

import numpy as np
import tensorflow as tf

from metanet_tf.server.saved_model import SavedModel
from metanet_tf.server.served_model import ServedModel
from metanet_tf.server.warm_up import warm_up
from metanet_tf.utils.version_folders import newest_version


def _serve_another(served, model_dir, folder, number):
    """Adds a version and takes it up; returns a weak reference to its graph."""
    shutil.copytree(model_dir / "1", folder / str(number))
    served.refresh()
    assert served.current.version == number
    return weakref.ref(served.current._session.graph)


def test_old_versions_go(model_dir, tmp_path):
    served = ServedModel(str(tmp_path))
    graphs = []
    for number in range(1, 5):
        graphs.append(_serve_another(served, model_dir, tmp_path, number))
        kept = [graph() for graph in graphs if graph() is not None]
        assert kept == [served.current._session.graph]
        del kept


def test_old_version_goes_once_its_last_request_is_answered(model_dir, tmp_path):
    served = ServedModel(str(tmp_path))
    old = _serve_another(served, model_dir, tmp_path, 1)
    in_use = served.current
    _serve_another(served, model_dir, tmp_path, 2)
    assert old() is in_use._session.graph
    del in_use
    served.refresh()
    assert old() is None


def test_newest_version_that_can_be_loaded_is_served(model_dir, tmp_path, caplog):
    shutil.copytree(model_dir / "1", tmp_path / "1")
    broken = tmp_path / "2"
    broken.mkdir()
    (broken / "saved_model.pb").write_bytes(b"damaged")
    served = ServedModel(str(tmp_path))
    for _ in range(2):
        served.refresh()
        assert served.current.version == 1
    (told,) = (line.message for line in caplog.records if line.levelname == "ERROR")
    assert told.startswith(f"Version 2 of {tmp_path} cannot be loaded")
    shutil.rmtree(broken)
    _serve_another(served, model_dir, tmp_path, 2)


def test_version_is_warm_before_it_is_served(model_dir, monkeypatch):
    served = ServedModel(str(model_dir))
    run = []

    def note(model, signature, inputs, seconds):
        assert served.current is None
        run.append(signature)

    monkeypatch.setattr(SavedModel, "run", note)
    served.refresh()
    assert run == list(served.current.signatures.values())


def test_first_answer_is_as_quick_as_later_ones(tmp_path):
    """A model whose graph takes long to optimize."""

    class Deep(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1])])
        def run(self, images):
            value = tf.reduce_mean(images, [1, 2])
            for _ in range(300):
                value = tf.sin(value) + tf.cos(value)
            return {"y": value}

    module = Deep()
    folder = str(tmp_path / "1")
    tf.saved_model.save(module, folder, {"serving_default": module.run})
    model = SavedModel(newest_version(str(tmp_path)))
    warm_up(model, seconds=60)
    signature = model.signatures["serving_default"]
    inputs = {"images": np.ones([3, 28, 28, 1], np.float32)}
    seconds = []
    for _ in range(10):
        begin = time.monotonic()
        model.run(signature, inputs, seconds=60)
        seconds.append(time.monotonic() - begin)
    assert seconds[0] < 10 * sorted(seconds)[5] + 0.05


def test_what_warms_up_is_taken(model_dir, monkeypatch):
    model = SavedModel(newest_version(str(model_dir)))
    answers = []
    run = model.run
    monkeypatch.setattr(model, "run", lambda *all: answers.append(run(*all)))
    warm_up(model, seconds=60)
    assert len(answers) == len(model.signatures)

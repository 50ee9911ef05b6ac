import pytest
import tensorflow as tf

from metanet_tf.commands.export import export
from metanet_tf.config import ExportConfig
from metanet_tf.errors import InputError
from metanet_tf.training.trained_model import load_trained_model


def test_best_model_is_exported_into_the_run_by_default(run_folder, capsys):
    export(ExportConfig(train_dir=str(run_folder.path)))
    model, _ = load_trained_model(str(run_folder.path))
    task = {
        "support_images": tf.random.stateless_uniform([6, 16, 16, 1], seed=[0, 0]),
        "support_labels": tf.constant([0, 1, 2, 0, 1, 2]),
        "query_images": tf.random.stateless_uniform([4, 16, 16, 1], seed=[0, 1]),
    }
    classify = tf.saved_model.load(str(run_folder.export_dir)).signatures["classify"]
    expected = tf.nn.softmax(model(*task.values()).logits)
    tf.debugging.assert_near(classify(**task)["probabilities"], expected, atol=1e-6)
    assert str(run_folder.export_dir) in capsys.readouterr().out


def test_folder_without_a_run_is_refused_and_left_alone(tmp_path):
    with pytest.raises(InputError, match="`train_dir`.*Change --train_dir"):
        export(ExportConfig(train_dir=str(tmp_path), export_dir=str(tmp_path / "e")))
    assert not list(tmp_path.iterdir())


def test_run_without_a_validated_model_is_refused(run_folder):
    for file in run_folder.best_dir.iterdir():
        file.unlink()
    with pytest.raises(InputError, match="`train_dir`.*best/ is empty"):
        export(ExportConfig(train_dir=str(run_folder.path)))
    assert not run_folder.export_dir.exists()

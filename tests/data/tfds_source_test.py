import pathlib
import shutil

import pytest

from metanet_tf.config import DataConfig
from metanet_tf.data import tfds_source
from metanet_tf.data.tfds_source import TfdsSource
from metanet_tf.utils.errors import InputError

UNREACHABLE = "http://localhost:9/"  # The discard port: nobody answers there.


def test_missing_data_without_a_network_is_refused(tmp_path):
    data_dir = tmp_path / "data"
    message = "`data_dir` must hold omniglot.*localhost:9/ cannot be.*--data_dir"
    with pytest.raises(InputError, match=message):
        TfdsSource("omniglot", str(data_dir), UNREACHABLE)
    assert not data_dir.exists()


def test_a_failed_download_is_reported(tmp_path, monkeypatch):
    def fail(_):
        raise ConnectionError("cable cut")

    monkeypatch.setattr(tfds_source, "_is_reachable", lambda url: True)
    builder = "tensorflow_datasets.core.DatasetBuilder.download_and_prepare"
    monkeypatch.setattr(builder, fail)
    with pytest.raises(InputError, match="the download failed: cable cut"):
        TfdsSource("omniglot", str(tmp_path), UNREACHABLE)


@pytest.fixture
def data_dir(omniglot_data_dir, tmp_path):
    """A copy of the data that may be damaged."""
    omniglot = pathlib.Path(omniglot_data_dir) / "omniglot"
    shutil.copytree(omniglot, tmp_path / "omniglot")
    return tmp_path


def _truncate(data_dir, pattern):
    (file,) = data_dir.glob(f"omniglot/*/{pattern}")
    content = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(content[: len(content) // 2])


def test_damaged_pictures_are_refused(data_dir):
    _truncate(data_dir, "omniglot-test.tfrecord*")
    source = TfdsSource("omniglot", str(data_dir), UNREACHABLE)
    with pytest.raises(InputError, match="undamaged data.*omniglot.*Restore"):
        source.read_prepared("test", DataConfig(), "dark")


def test_damaged_description_is_refused(data_dir):
    _truncate(data_dir, "dataset_info.json")
    with pytest.raises(InputError, match="undamaged data.*omniglot.*Restore"):
        TfdsSource("omniglot", str(data_dir), UNREACHABLE)


@pytest.mark.parametrize(
    "name", ["omniglot:9.9.9", "omniglot/x", "mnist/x:3.0.1", "no name", " ", "a/b/c"]
)
def test_name_configuration_or_version_that_is_not_there_is_refused(name, tmp_path):
    message = f"`dataset` must be one that TensorFlow.*Received: {name}. Change --data"
    with pytest.raises(InputError, match=message):
        TfdsSource(name, str(tmp_path), "")

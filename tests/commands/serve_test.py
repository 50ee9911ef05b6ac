import socket
import sys

import pytest

from metanet_tf.commands.serve import serve
from metanet_tf.config import ServeConfig
from metanet_tf.utils.errors import InputError


@pytest.fixture
def model_dir(tmp_path):
    """A folder that looks as if it held a model."""
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").touch()
    return str(tmp_path)


def test_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="`model` must .*none here; .*bin/export"):
        serve(ServeConfig(model=str(tmp_path)))


@pytest.mark.parametrize("name", ["", "a/b", "a:b"])
def test_name_that_fits_no_path_is_refused(model_dir, name):
    with pytest.raises(InputError, match="`name` must"):
        serve(ServeConfig(model=model_dir, name=name))


def test_port_that_is_taken_is_refused(model_dir):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=f"free port.*{port}.*in use.*--port"):
            serve(ServeConfig(model=model_dir, port=port))


def test_host_of_another_machine_is_refused(model_dir):
    with pytest.raises(InputError, match=r"`host` and `port`.*192\.0\.2\.1"):
        serve(ServeConfig(model=model_dir, host="192.0.2.1"))


def test_missing_packages_are_named(model_dir, monkeypatch):
    monkeypatch.delitem(sys.modules, "metanet_tf.server.workers", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(InputError, match=r"uvicorn.*pip install -e '\.\[serve\]'"):
        serve(ServeConfig(model=model_dir))

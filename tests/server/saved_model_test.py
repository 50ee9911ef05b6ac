import gc
import time
import weakref

import numpy as np
import pytest

from metanet_tf.server.request_error import RequestError
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.utils.version_folders import newest_version


@pytest.fixture(scope="module")
def model(model_dir):
    return SavedModel(newest_version(str(model_dir)))


def test_signatures_are_those_with_inputs(model):
    assert set(model.signatures) == {"serving_default", "wait"}
    assert set(model.signature_defs) > set(model.signatures)
    assert set(model.signatures["serving_default"].outputs) == {"class", "probability"}


def test_outputs_are_computed(model, picture_file):
    pictures = np.array([picture_file(1.0)], object)
    signature = model.signatures["serving_default"]
    outputs = model.run(signature, {"pictures": pictures}, seconds=60)
    assert outputs["class"].tolist() == [b"light"]


def test_refusal_tells_the_reason_and_not_the_graph(model):
    pictures = np.array([b"no picture"], object)
    signature = model.signatures["serving_default"]
    with pytest.raises(RequestError, match="`pictures` must be the bytes") as refused:
        model.run(signature, {"pictures": pictures}, seconds=60)
    assert refused.value.status == 400
    assert "{{node" not in str(refused.value)


@pytest.mark.parametrize("seconds", [0.2, -1.0])
def test_computation_stops_when_its_time_is_up(model, seconds):
    begin = time.monotonic()
    with pytest.raises(RequestError, match="in time") as stopped:
        inputs = {"seconds": np.array([100.0], np.float32)}
        model.run(model.signatures["wait"], inputs, seconds)
    assert stopped.value.status == 504
    assert time.monotonic() - begin < 20


def test_session_goes_with_the_model(model_dir):
    model = SavedModel(newest_version(str(model_dir)))
    session = weakref.ref(model._session)
    del model
    gc.collect()
    assert session() is None

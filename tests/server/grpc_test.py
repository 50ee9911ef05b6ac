"""A server, asked over gRPC by a client with TensorFlow Serving's stubs."""

import concurrent.futures
import contextlib
import socket
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from anyio.from_thread import start_blocking_portal
from prometheus_client import REGISTRY
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from metanet_tf.config import ServeConfig
from metanet_tf.server.grpc_api import grpc_server
from metanet_tf.server.listening import reserve
from metanet_tf.server.service import Service
from metanet_tf.utils.errors import InputError

SERVICE = "/tensorflow.serving.PredictionService"
TOKEN = "a-token"
PLACES = 3
STATUS = grpc.StatusCode


@pytest.fixture(scope="module")
def channel(model_dir):
    """To a server that runs in a thread of this process."""
    with contextlib.ExitStack() as stack:
        with reserve("127.0.0.1", 0) as holder:
            port = holder.getsockname()[1]
        service = Service(
            ServeConfig(
                model=str(model_dir),
                name="tiny",
                grpc_port=port,
                token=TOKEN,
                max_body_mib=0.25,
                max_pictures=4,
                max_in_flight=PLACES,
                threads=PLACES,
                timeout_seconds=3,
            )
        )
        service.served.refresh()
        portal = stack.enter_context(start_blocking_portal())
        server = portal.wrap_async_context_manager(grpc_server(service))
        stack.enter_context(server)
        yield stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}"))


@pytest.fixture(scope="module")
def stub(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


def _request(signature="", version=None, name="tiny", **inputs):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = name
    request.model_spec.signature_name = signature
    if version is not None:
        request.model_spec.version.value = version
    for key, value in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
    return request


def _ask(method, request, token=TOKEN, **options):
    metadata = [("authorization", f"Bearer {token}")] if token else None
    return method(request, metadata=metadata, timeout=60, **options)


def _code(method, request):
    try:
        _ask(method, request)
    except grpc.RpcError as error:
        return error.code()
    return STATUS.OK


def _refusal(method, request, **options):
    """Code and details of the error that a request gets."""
    with pytest.raises(grpc.RpcError) as refused:
        _ask(method, request, **options)
    return refused.value.code(), refused.value.details()


def test_pictures_are_named(stub, picture_file):
    files = [picture_file(0.9), picture_file(0.2, "JPEG"), picture_file(0.1, "WEBP")]
    answer = _ask(stub.Predict, _request(pictures=files))
    names = tf.make_ndarray(answer.outputs["class"]).tolist()
    assert names == [b"light", b"dark", b"dark"]
    assert answer.outputs["probability"].float_val[0] == pytest.approx(0.9, abs=0.01)
    spec = answer.model_spec
    assert (spec.name, spec.version.value) == ("tiny", 1)


def test_signature_version_label_and_outputs_may_be_chosen(stub, picture_file):
    answer = _ask(stub.Predict, _request("wait", 1, seconds=np.float32([0.0])))
    assert tf.make_ndarray(answer.outputs["waited"]).tolist() == [0.0]
    request = _request(pictures=[picture_file(1.0)])
    request.model_spec.version_label = "stable"
    request.output_filter.append("class")
    assert list(_ask(stub.Predict, request).outputs) == ["class"]


def test_signatures_are_told(stub):
    request = get_model_metadata_pb2.GetModelMetadataRequest()
    request.model_spec.name = "tiny"
    request.metadata_field.append("signature_def")
    answer = _ask(stub.GetModelMetadata, request)
    told = get_model_metadata_pb2.SignatureDefMap()
    answer.metadata["signature_def"].Unpack(told)
    assert set(told.signature_def) >= {"serving_default", "wait"}
    del request.metadata_field[:]
    assert _refusal(stub.GetModelMetadata, request)[0] == STATUS.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (_request(name="other"), STATUS.NOT_FOUND, "Latest(other)"),
        (_request(version=7), STATUS.NOT_FOUND, "Specific(tiny, 7)"),
        (_request("none"), STATUS.INVALID_ARGUMENT, "one of serving_default"),
        (_request(), STATUS.INVALID_ARGUMENT, "`inputs` must be pictures"),
        (_request(pictures=[b"text"]), STATUS.INVALID_ARGUMENT, "bytes of PNG"),
        (_request(pictures=[1.0]), STATUS.INVALID_ARGUMENT, "type string"),
        (_request(pictures=[b"a"] * 5), STATUS.RESOURCE_EXHAUSTED, "4 pictures"),
        (_request(pictures=[bytes(300_000)]), STATUS.RESOURCE_EXHAUSTED, "larger"),
        (_request("wait", seconds=[1e3]), STATUS.DEADLINE_EXCEEDED, "in time"),
    ],
)
def test_bad_requests_are_refused(stub, request_, code, message):
    answered, details = _refusal(stub.Predict, request_)
    assert (answered, message in details) == (code, True), details


def test_unknown_output_is_refused(stub, picture_file):
    request = _request(pictures=[picture_file(1.0)])
    request.output_filter.append("other")
    code, details = _refusal(stub.Predict, request)
    assert (code, "`output_filter` must" in details) == (STATUS.INVALID_ARGUMENT, True)


@pytest.mark.parametrize("token", ["", "other"])
def test_token_must_be_brought(stub, token):
    code, details = _refusal(stub.Predict, _request(), token=token)
    assert (code, "Bearer TOKEN" in details) == (STATUS.UNAUTHENTICATED, True)


def test_compressed_requests_are_refused(stub):
    """A few kilobytes could unfold to gigabytes."""
    request = _request(pictures=[bytes(100 * 2**20)])
    code, _ = _refusal(stub.Predict, request, compression=grpc.Compression.Gzip)
    assert code in (STATUS.UNIMPLEMENTED, STATUS.RESOURCE_EXHAUSTED)


def test_methods_of_examples_are_not_there(channel):
    ask = channel.unary_unary(f"{SERVICE}/Classify")
    assert _refusal(ask, b"")[0] == STATUS.UNIMPLEMENTED


def test_what_is_no_message_is_refused(channel):
    ask = channel.unary_unary(f"{SERVICE}/Predict")
    code, details = _refusal(ask, b"no message")
    assert (code, "PredictRequest" in details) == (STATUS.INVALID_ARGUMENT, True)


def test_requests_take_places(stub, picture_file):
    wait = _request("wait", seconds=[1.5])
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: _code(stub.Predict, wait), range(9)))
    assert {STATUS.OK, STATUS.RESOURCE_EXHAUSTED} <= set(answers)
    assert _code(stub.Predict, _request(pictures=[picture_file(1.0)])) == STATUS.OK


def test_client_that_sends_no_message_is_given_up(channel):
    def silent():
        time.sleep(20)
        yield b""

    begin = time.monotonic()
    code, details = _refusal(channel.stream_unary(f"{SERVICE}/Predict"), silent())
    assert (code, "arrive in time" in details) == (STATUS.DEADLINE_EXCEEDED, True)
    assert time.monotonic() - begin < 15


def test_port_that_is_taken_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(InputError, match="free port"):
            reserve("127.0.0.1", other.getsockname()[1])
    assert ServeConfig().grpc_port is None


def test_requests_are_counted_by_their_status(stub, picture_file):
    requests = {
        200: _request(pictures=[picture_file(1.0)]),
        400: _request("none"),
        413: _request(pictures=[b"a"] * 5),
    }
    for status, request in requests.items():
        before = _count(status)
        _code(stub.Predict, request)
        end = time.monotonic() + 10  # An error is counted once it is sent.
        while _count(status) == before and time.monotonic() < end:
            time.sleep(0.01)
        assert _count(status) == before + 1
    assert _count(500) == 0


def _count(status):
    labels = {"status": str(status)}
    return REGISTRY.get_sample_value("metanet_requests_total", labels) or 0


def test_port_is_kept_for_workers_that_share_it():
    with reserve("127.0.0.1", 0) as holder, contextlib.ExitStack() as workers:
        place = holder.getsockname()
        for _ in range(2):
            worker = workers.enter_context(socket.socket())
            worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            worker.bind(place)
            worker.listen()
        with pytest.raises(InputError, match="free port"):
            reserve(*place)

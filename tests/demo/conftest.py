"""A tiny untrained model, support sets for it, pictures, and a browser."""

import base64
import contextlib
import io
import pathlib
import socket
import threading

import numpy as np
import pytest
import uvicorn
from PIL import Image

from metanet_tf.demo.app import make_app
from metanet_tf.demo.initial_classes import InitialClasses
from metanet_tf.demo.support_set import TaughtClass
from metanet_tf.demo.teacher import Teacher
from tests.demo.browser import CHROMIUM, DRIVER, Page, chromium


def png(seed, side=40, ink=0):
    """Content of a PNG file of strokes on white, by seed; blank if they are 255."""
    picture = np.full([side, side], 255, np.uint8)
    for row, column in np.random.default_rng(seed).integers(5, side - 10, [3, 2]):
        picture[row : row + 3, 5 : column + 5] = ink
        picture[row:-5, column : column + 3] = ink
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


@pytest.fixture(scope="session")
def save_model(save_tiny_model, tmp_path_factory):
    """Function: folder of a tiny model, with a threshold if one is given."""

    def save_model(threshold=None):
        thresholds = {} if threshold is None else {3: threshold}
        folder = tmp_path_factory.mktemp("demo") / "tiny"
        return str(save_tiny_model(folder, thresholds))

    return save_model


@pytest.fixture(scope="session")
def teacher(save_model):
    return Teacher(save_model())


@pytest.fixture(scope="session")
def serve():
    """Function: serves an application while the tests run; returns its address."""
    with contextlib.ExitStack() as stack:

        def serve(app):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
            thread = threading.Thread(target=server.run, args=[[listener]])
            thread.start()
            stack.callback(thread.join)
            stack.callback(setattr, server, "should_exit", True)
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield serve


@pytest.fixture(scope="session")
def support_set():
    """Three classes in an order that is not the alphabet's; one has two examples."""
    return (
        TaughtClass("wheel", (png(0), png(1))),
        TaughtClass("axle", (png(2),)),
        TaughtClass("hub", (png(3),)),
    )


@pytest.fixture(scope="session")
def request_of():
    """Function: what the page sends of a support set, and of a drawing's file."""

    def request_of(support_set, drawing=None):
        classes = [
            {"name": name, "examples": list(map(_content, examples))}
            for name, examples in support_set
        ]
        return {"classes": classes, "drawing": drawing and _content(drawing)}

    return request_of


def _content(picture):
    return {"picture": base64.b64encode(picture).decode()}


@pytest.fixture(scope="session")
def picture():
    """Function: content of a PNG file, by seed, side and ink."""
    return png


@pytest.fixture(scope="session")
def downloads(tmp_path_factory):
    """Folder where the browser puts files."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def driver(downloads):
    """Chromium; where it is not installed, tests are skipped."""
    if not (pathlib.Path(CHROMIUM).exists() and pathlib.Path(DRIVER).exists()):
        pytest.skip("No Chromium. apt-get install chromium chromium-driver.")
    with chromium(downloads) as driver:
        yield driver


@pytest.fixture(scope="session")
def address(serve, teacher):
    return serve(make_app(teacher, InitialClasses()))


@pytest.fixture
def open_page(driver):
    """Function: opens an address; the page must load nothing else, nor complain."""
    opened = []

    def open_page(address):
        opened.append(Page(driver, address))
        return opened[0]

    yield open_page
    (page,) = opened
    assert page.take_messages() == []
    schemes = (page.address, "data:", "blob:")
    assert [url for url in page.take_requests() if not url.startswith(schemes)] == []


@pytest.fixture
def page(open_page, address):
    return open_page(address)

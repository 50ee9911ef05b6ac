"""A tiny untrained model, lessons for it, and pictures."""

import base64
import contextlib
import io
import socket
import threading

import numpy as np
import pytest
import uvicorn
from PIL import Image

from metanet_tf.config import (
    DataConfig,
    EpisodeConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)
from metanet_tf.demo.lesson import TaughtClass
from metanet_tf.demo.teacher import Teacher
from metanet_tf.pretrained import save_pretrained
from metanet_tf.rejection import ErrorRates, Rejection
from metanet_tf.training.trained_model import make_model


def png(seed, side=40):
    """Content of a PNG file of dark strokes on white, by seed."""
    picture = np.full([side, side], 255, np.uint8)
    for row, column in np.random.default_rng(seed).integers(5, side - 10, [3, 2]):
        picture[row : row + 3, 5 : column + 5] = 0
        picture[row:-5, column : column + 3] = 0
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


@pytest.fixture(scope="session")
def save_model(tmp_path_factory):
    """Function: folder of a tiny model, with a threshold if one is given."""

    def save_model(threshold=None):
        config = RunConfig(
            DataConfig(image_size=16),
            EpisodeConfig(n_way=3),
            ModelConfig(learner="mlp", hidden_units=8, generator_units=4),
            TrainingConfig(),
        )
        rates = ErrorRates(0.1, 0.2)
        rejections = (
            [] if threshold is None else [Rejection(3, 1, threshold, rates, rates)]
        )
        folder = tmp_path_factory.mktemp("demo") / "tiny"
        save_pretrained(make_model(config), config, folder, rejections=rejections)
        return str(folder)

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
def lesson():
    """Three classes in an order that is not the alphabet's; one has two examples."""
    return (
        TaughtClass("wheel", (png(0), png(1))),
        TaughtClass("axle", (png(2),)),
        TaughtClass("hub", (png(3),)),
    )


@pytest.fixture(scope="session")
def request_of():
    """Function: what the page sends of a lesson, and of a drawing."""

    def request_of(lesson, drawing=None):
        content = {
            "classes": [
                {"name": name, "examples": [_base64(example) for example in examples]}
                for name, examples in lesson
            ]
        }
        return content if drawing is None else {**content, "drawing": _base64(drawing)}

    return request_of


def _base64(content):
    return base64.b64encode(content).decode()


@pytest.fixture(scope="session")
def picture():
    """Function: content of a PNG file, by seed and side."""
    return png

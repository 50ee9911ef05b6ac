"""A tiny untrained network as each kind of folder, and pictures to teach it with."""

import numpy as np
import pytest
from PIL import Image

from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold
from metanet_tf.one_shot.loaded_model import load_model
from metanet_tf.pretrained import save_pretrained
from metanet_tf.training.trained_model import make_model


@pytest.fixture(scope="session")
def config(tiny_config):
    return tiny_config()


@pytest.fixture(scope="session")
def model(config):
    model = make_model(config)
    for variable in model.variables:  # Answers differ clearly without training.
        variable.assign(4.0 * variable)
    return model


@pytest.fixture(scope="session")
def rejections():
    rates = ErrorRates(0.1, 0.2)
    return (
        RejectionThreshold(2, 1, 0.97, rates, rates),
        RejectionThreshold(5, 1, 0.99, rates, rates),
    )


@pytest.fixture(scope="session")
def pretrained_dir(model, config, rejections, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained") / "tiny"
    save_pretrained(model, config, folder, rejections=rejections)
    return folder


@pytest.fixture(scope="session")
def loaded(pretrained_dir):
    return load_model(pretrained_dir)


@pytest.fixture(scope="session")
def draw():
    """Function: uint8 [count, side, side] of dark strokes on white, by seed."""

    def draw(count, side=20, seed=0):
        generator = np.random.default_rng(seed)
        pictures = np.full([count, side, side], 255, np.uint8)
        for picture in pictures:
            for row, column in generator.integers(3, side - 6, [3, 2]):
                picture[row : row + 2, 3 : column + 3] = 0
                picture[row:, column] = 0
        return pictures

    return draw


@pytest.fixture(scope="session")
def write():
    """Function: writes an array as a picture file, making its folder."""

    def write(path, picture):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
        return path

    return write

"""A workload small enough to be traced in a second or two."""

import numpy as np
import pytest

from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.speed.cases import BenchmarkCase
from metanet_tf.speed.timing import Timer
from metanet_tf.speed.workload import make_workload


@pytest.fixture(scope="session")
def classes():
    """Eight classes of six random 8 x 8 pictures."""
    images = np.random.default_rng(0).integers(0, 256, [48, 8, 8, 1], np.uint8)
    names = tuple(f"class {index}" for index in range(8))
    return ImageClasses(images, np.full(8, 6, np.int32), names)


@pytest.fixture
def make_small_workload(classes):
    """Returns a 3-way workload with 2 queries per class; keywords: of the model."""

    def make(**model):
        small = {"learner": "mlp", "hidden_units": 8, "generator_units": 4}
        task = EpisodeConfig(n_way=3, queries_per_class=2)
        workload = make_workload(
            classes, BenchmarkCase(task, ModelConfig(**small | model))
        )
        # Livelier than where training starts: a small model's signals fade otherwise.
        for letter, part in workload.model.parts().items():
            for variable in part:
                variable.assign(3 * variable + (0.02 if letter in "WQ" else 0.0))
        return workload

    return make


@pytest.fixture
def timer():
    """Three runs of everything."""
    return Timer(repeats=3, seconds=0.0)

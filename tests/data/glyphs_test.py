import numpy as np
import pytest

from metanet_tf.config import DataConfig
from metanet_tf.data import glyphs
from metanet_tf.data.glyphs import EXAMPLES_PER_CLASS, TEST_CLASSES


@pytest.fixture(scope="module")
def dataset():
    return glyphs.load(DataConfig())


def _by_class(classes):
    """float64 [num_classes, examples, pixels] in [0, 1]."""
    return classes.images.reshape(classes.num_classes, EXAMPLES_PER_CLASS, -1) / 255


def test_sizes_follow_the_config(dataset):
    assert dataset.training.image_shape == (28, 28, 1)
    assert dataset.training.num_classes == 900
    assert dataset.validation.num_classes == 100
    assert dataset.test.num_classes == TEST_CLASSES


def test_training_validation_and_test_share_no_class(dataset):
    names = [
        *dataset.training.class_names,
        *dataset.validation.class_names,
        *dataset.test.class_names,
    ]
    assert len(names) == len({*names})


def test_no_drawing_occurs_twice(dataset):
    images = [*dataset.training.images, *dataset.validation.images]
    images += [*dataset.test.images]
    assert len({image.tobytes() for image in images}) == len(images)


def test_the_same_glyphs_come_out_every_time(dataset, monkeypatch):
    monkeypatch.setattr(glyphs, "_draw_glyphs", glyphs._draw_glyphs.__wrapped__)
    again = glyphs.load(DataConfig())
    np.testing.assert_array_equal(again.test.images, dataset.test.images)
    np.testing.assert_array_equal(again.training.images, dataset.training.images)


def test_every_drawing_has_ink_on_mostly_paper(dataset):
    ink = _by_class(dataset.test).mean(axis=-1)
    assert ink.min() > 0.01 and ink.max() < 0.3


def test_glyphs_stay_off_the_border(dataset):
    border = np.ones([28, 28], bool)
    border[1:-1, 1:-1] = False
    images = dataset.test.images[..., 0]
    assert images[:, border].mean() < 0.1 * images.mean()


def test_another_image_size_shows_the_same_glyphs(dataset):
    large = glyphs.load(DataConfig(image_size=56)).test.images / 255
    shrunk = large.reshape(-1, 28, 2, 28, 2).mean(axis=(2, 4))
    small = dataset.test.images[..., 0] / 255
    assert np.corrcoef(shrunk.ravel(), small.ravel())[0, 1] > 0.95


def test_difficulty_is_near_that_of_omniglot(dataset):
    """Nearest pixels name 43 % of Omniglot's test images right, 5-way 1-shot."""
    images = _by_class(dataset.test)
    rng = np.random.default_rng(0)
    right = []
    for _ in range(1000):
        classes = rng.choice(len(images), 5, replace=False)
        support, query = images[classes, 0], images[classes, 1]
        distances = np.sum((query[:, np.newaxis] - support) ** 2, axis=-1)
        right.append(distances.argmin(axis=1) == np.arange(5))
    assert 0.40 < np.mean(right) < 0.60

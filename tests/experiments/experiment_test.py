import numpy as np
import pytest

from metanet_tf.experiments.experiment import meta_weights_into, random_base_learner
from metanet_tf.experiments.runs import with_settings
from metanet_tf.training.trained_model import make_model


@pytest.fixture
def model(preset):
    return make_model(preset)


def _values(variables):
    return [variable.numpy() for variable in variables]


def _same(first, second):
    return all(map(np.array_equal, first, second))


def test_only_b_is_replaced_by_random_convolutions(model):
    before = {letter: _values(part) for letter, part in model.parts().items()}
    changed = random_base_learner(16).apply(model)
    after = {letter: _values(part) for letter, part in changed.parts().items()}
    assert all(_same(before[letter], after[letter]) for letter in "QZG")
    kernels = [value for value in after["W"] if value.ndim == 4]
    assert [kernel.shape[-1] for kernel in kernels] == [16] * 5


@pytest.mark.parametrize("base_input", ["image", "representation"])
def test_replaced_b_is_the_one_that_answers_with_fast_weights(preset, base_input):
    images = np.random.default_rng(0).random([3, 8, 8, 1], np.float32)
    task = images, np.arange(3, dtype=np.int32), images
    model = make_model(with_settings(preset, base_input=base_input))
    changed = random_base_learner(16).apply(model)
    (kernel,) = changed.adapt(*task[:2]).memory_values[:1]
    assert kernel.shape[-1] == 16
    logits = changed(*task).logits.numpy()
    for variable in changed.parts()["W"]:
        variable.assign(np.zeros(variable.shape))
    assert not np.array_equal(changed(*task).logits, logits)


def test_random_weights_are_the_same_for_every_model(preset):
    models = [random_base_learner(4).apply(make_model(preset)) for _ in range(2)]
    first, second = (_values(model.parts()["W"]) for model in models)
    assert _same(first, second)


def test_old_w_and_q_get_new_z_and_g(model, make_runs, finish):
    run = make_runs(seed=5).on_omniglot(3)
    finish(run)
    old = make_model(run.config)
    combined = meta_weights_into(run).apply(model)
    for letter, source in {"W": old, "Q": old, "Z": model, "G": model}.items():
        expected = _values(source.parts()[letter])
        assert _same(_values(combined.parts()[letter]), expected), letter

import dataclasses

import hypothesis
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from metanet_tf.config import ModelConfig
from metanet_tf.layers import ClassifierHead
from metanet_tf.meta_information import cross_entropy
from metanet_tf.model import MetaNet, random_order
from metanet_tf.plain_reference import plain_logits
from metanet_tf.utils.errors import InputError

SMALL = {"filters": 8, "hidden_units": 16}
VARIANTS = pytest.mark.parametrize(
    "variant", ["metanet", "metanet_minus", "metanet_plus"]
)


def _model(k_shot=1, **settings):
    model = MetaNet(ModelConfig(**{**SMALL, **settings}), n_way=3, k_shot=k_shot)
    # Livelier than where training starts: a small model's signals fade otherwise.
    for letter, part in model.parts().items():
        for variable in part:
            variable.assign(3 * variable + (0.02 if letter in "WQ" else 0.0))
    return model


def _task(n_way=3, k_shot=1, queries=4):
    images = tf.random.stateless_uniform(
        [n_way * k_shot + queries, 28, 28, 1], seed=[n_way, k_shot]
    )
    support_labels = tf.tile(tf.range(n_way), [k_shot])
    return images[:-queries], support_labels, images[-queries:]


QUERY_LABELS = tf.constant([0, 1, 2, 0])


@VARIANTS
@pytest.mark.parametrize("augmented_layers", [2, 3, None])
def test_logits_equal_the_plain_reference(variant, augmented_layers):
    model = _model(variant=variant, augmented_layers=augmented_layers)
    expected = plain_logits(model, *_task())
    prediction = model(*_task())
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(prediction.logits, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("base_input", ["image", "representation"])
def test_logits_with_a_skip_connection_equal_the_plain_reference(base_input):
    model = _model(skip_connection=True, base_input=base_input)
    expected = plain_logits(model, *_task())
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(model(*_task()).logits, expected, rtol=1e-4, atol=1e-5)


@VARIANTS
def test_gradients_equal_the_plain_reference(variant):
    model = _model(variant=variant)
    variables = [variable.value for variable in model.trainable_variables]
    losses, gradients = [], []
    for logits in (
        lambda: model(*_task()).logits,
        lambda: plain_logits(model, *_task()),
    ):
        with tf.GradientTape() as tape:
            losses.append(tf.reduce_mean(cross_entropy(logits(), QUERY_LABELS)))
        gradients.append(tape.gradient(losses[-1], variables))
    np.testing.assert_allclose(*losses, rtol=1e-5)
    for ours, expected in zip(*gradients, strict=True):
        scale = np.max(np.abs(expected))
        np.testing.assert_allclose(ours, expected, atol=1e-4 * scale + 1e-7)


@VARIANTS
@pytest.mark.parametrize("base_input", ["image", "representation"])
@pytest.mark.parametrize(
    ("k_shot", "loss"), [(1, "by_shots"), (2, "by_shots"), (2, "cross_entropy")]
)
def test_every_part_of_theta_gets_a_finite_gradient(variant, base_input, k_shot, loss):
    config = ModelConfig(
        variant=variant, base_input=base_input, representation_loss=loss
    )
    model = MetaNet(config, n_way=3, k_shot=k_shot)
    with tf.GradientTape() as tape:
        prediction = model(*_task(k_shot=k_shot))
        query_loss = tf.reduce_mean(cross_entropy(prediction.logits, QUERY_LABELS))
    letters = list("WQZ") if variant == "metanet_minus" else list("WQZG")
    assert list(model.parts()) == letters
    variables = {
        letter: [variable.value for variable in part]
        for letter, part in model.parts().items()
    }
    for letter, gradients in tape.gradient(query_loss, variables).items():
        norm = tf.linalg.global_norm(gradients)
        assert np.isfinite(norm), letter
        assert norm > 0, letter


def test_parts_make_up_theta():
    model = _model(second_order=True)
    parts = [variable.path for part in model.parts().values() for variable in part]
    theta = [variable.path for variable in model.trainable_variables]
    assert sorted(parts) == sorted(theta)


def test_second_order_changes_gradients_and_not_answers():
    answers, gradients = [], []
    for second_order in (False, True):
        model = _model(second_order=second_order)
        with tf.GradientTape() as tape:
            logits = model(*_task()).logits
            query_loss = tf.reduce_mean(cross_entropy(logits, QUERY_LABELS))
        answers.append(logits)
        kernel = model.base_learner.head.kernel.value
        gradients.append(tape.gradient(query_loss, kernel))
    np.testing.assert_allclose(*answers, atol=1e-5)
    assert np.max(np.abs(gradients[0] - gradients[1])) > 1e-5


def test_second_order_gradient_matches_central_differences():
    model = MetaNet(ModelConfig(learner="mlp", second_order=True), n_way=3)
    for variable in model.parts()["Z"]:  # so that W acts on W* noticeably
        variable.assign(2 * variable)
    kernel = model.base_learner.head.kernel

    def query_loss():
        logits = model(*_task()).logits
        return tf.reduce_mean(cross_entropy(logits, QUERY_LABELS))

    def gradient(second_order):
        model.config = dataclasses.replace(model.config, second_order=second_order)
        with tf.GradientTape() as tape:
            loss = query_loss()
        return tape.gradient(loss, kernel.value)

    second, first = gradient(True), gradient(False)
    direction = 1e-4 * (second - first) / tf.norm(second - first)
    start = tf.identity(kernel)
    kernel.assign(start + direction)
    above = query_loss()
    kernel.assign(start - direction)
    slope = (above - query_loss()) / 2
    np.testing.assert_allclose(tf.reduce_sum(second * direction), slope, rtol=0.02)
    assert abs(tf.reduce_sum(first * direction)) < 0.5 * abs(slope)


@pytest.mark.parametrize("k_shot", [1, 2])
@pytest.mark.parametrize("n_way", [2, 3, 7])
def test_any_number_of_ways_and_shots_can_be_asked_for(n_way, k_shot):
    model = _model()
    task = _task(n_way=n_way, k_shot=k_shot)
    prediction = model(*task, n_way=n_way)
    assert prediction.logits.shape == (4, n_way)
    np.testing.assert_allclose(tf.reduce_sum(prediction.attention_weights, 1), 1, 1e-5)
    at_run_time = model(*task, n_way=tf.constant(n_way))
    np.testing.assert_allclose(prediction.logits, at_run_time.logits, atol=1e-5)


def test_answer_to_a_query_does_not_depend_on_the_others():
    model = _model()
    support_images, support_labels, query_images = _task()
    together = model(support_images, support_labels, query_images).logits
    for index in range(4):
        alone = model(support_images, support_labels, query_images[index : index + 1])
        np.testing.assert_allclose(alone.logits[0], together[index], atol=1e-5)


def test_training_embeds_an_image_alone():
    once, five_times = _model(), _model(tta_views=5)
    np.testing.assert_array_equal(
        once(*_task(), training=True).logits, five_times(*_task(), training=True).logits
    )
    assert np.ptp(once(*_task()).logits - five_times(*_task()).logits) > 1e-4


def test_embedding_is_the_mean_over_the_views():
    support_images, support_labels, query_images = _task()
    # With paper at its border, a shifted image is a rolled one.
    query_images = np.pad(query_images[:, 1:-1, 1:-1], [(0, 0), (1, 1), (1, 1), (0, 0)])
    model = _model(tta_views=3)
    task_memory = model.adapt(support_images, support_labels)
    u, fast_weights = model.representation_learner, task_memory.task_fast_weights
    rolled = [np.roll(query_images, shift, axis=2) for shift in (0, 1, -1)]
    expected = np.mean([u(images, fast_weights) for images in rolled], axis=0)
    embeddings = model.embed(task_memory, query_images)
    np.testing.assert_allclose(embeddings, expected, atol=1e-5)


def test_embedding_is_the_mean_with_the_mirror_image():
    support_images, support_labels, query_images = _task()
    model = _model(tta_views=2, tta_kind="cropped")
    task_memory = model.adapt(support_images, support_labels)
    embeddings = model.embed(task_memory, query_images)
    mirrored = model.embed(task_memory, query_images[:, :, ::-1])
    np.testing.assert_allclose(embeddings, mirrored, atol=1e-6)
    alone = _model().embed(task_memory, query_images)
    assert np.ptp(alone - embeddings) > 1e-4


@pytest.mark.parametrize("k_shot", [1, 2])
def test_representation_loss_is_chosen_by_the_shots_or_by_its_setting(k_shot):
    task = _task(k_shot=k_shot)[:2]
    by_shots, cross_entropy, contrastive = (
        _model(k_shot=k_shot, representation_loss=loss).adapt(*task).task_fast_weights
        for loss in ("by_shots", "cross_entropy", "contrastive")
    )
    expected, other = cross_entropy, contrastive
    if k_shot > 1:
        expected, other = other, expected
    for one, same, another in zip(by_shots, expected, other, strict=True):
        np.testing.assert_array_equal(one, same)
        assert np.ptp(one - another) > 1e-6


def test_d_reads_no_more_than_the_sampled_support():
    support_images, support_labels, _ = _task(k_shot=1)
    model = _model(sampled_support=2)
    unread = random_order(support_images)[2]
    changed = tf.tensor_scatter_nd_add(support_images, [[unread, 0, 0, 0]], [1 / 255])
    assert set(random_order(changed)[:2].numpy()) == {0, 1, 2} - {unread.numpy()}
    first = model.adapt(support_images, support_labels).task_fast_weights
    second = model.adapt(changed, support_labels).task_fast_weights
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


@pytest.mark.parametrize("sampled_support", [None, 2])
def test_the_order_of_the_support_orders_the_memory_and_nothing_else(sampled_support):
    support_images, support_labels, query_images = _task(k_shot=2)
    model = _model(sampled_support=sampled_support, k_shot=1)
    order = tf.constant([4, 2, 0, 5, 1, 3])
    first = model(support_images, support_labels, query_images)
    second = model(
        tf.gather(support_images, order), tf.gather(support_labels, order), query_images
    )
    np.testing.assert_allclose(second.logits, first.logits, atol=1e-5)
    expected = tf.gather(first.attention_weights, order, axis=1)
    np.testing.assert_allclose(second.attention_weights, expected, atol=1e-6)


def test_random_order_is_a_permutation_that_follows_the_images():
    images = tf.random.stateless_uniform([50, 28, 28, 1], seed=[1, 2])
    order = random_order(images).numpy()
    np.testing.assert_array_equal(np.sort(order), np.arange(50))
    assert np.abs(np.corrcoef(order, np.arange(50))[0, 1]) < 0.4
    turned = random_order(images[::-1]).numpy()
    np.testing.assert_array_equal(49 - turned, order)


@pytest.mark.parametrize("n_way", [2, 3, 7])
def test_a_symmetric_head_equals_zero_slow_weights_for_every_column(n_way):
    settings = {"symmetric_head": True, "base_input": "representation"}
    model = _model(**settings)
    task = _task(n_way=n_way, k_shot=2)
    labels, columns = task[1], max(n_way, 3)
    head = ClassifierHead(columns, kernel_initializer="zeros")
    head.build((None, 16))
    b, m = model.base_learner, model.example_weight_generator
    task_memory = model.adapt(*task[:2], n_way=n_way)
    hidden = b.represent(b.shared_features(task_memory.memory_keys))
    deltas = 1 / columns - tf.one_hot(labels, columns)
    (values,) = m([head.kernel_gradients(hidden, deltas)])
    prediction = model.classify(task_memory, task[2])
    kernels = tf.einsum("ln,nic->lic", prediction.attention_weights, values)
    query_hidden = b.represent(b.shared_features(model.embed(task_memory, task[2])))
    expected = head(query_hidden, None, kernels)[:, :n_way]
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(prediction.logits, expected, rtol=1e-4, atol=1e-6)


def test_a_symmetric_head_does_not_know_the_numbers_of_classes():
    model = _model(symmetric_head=True, base_input="representation")
    support_images, support_labels, query_images = _task()
    renamed = (support_labels + 1) % 3
    first = model(support_images, support_labels, query_images).logits
    # Q* comes from a random softmax layer and alone knows them.
    model = _model(
        symmetric_head=True, base_input="representation", variant="metanet_minus"
    )
    first = model(support_images, support_labels, query_images).logits
    second = model(support_images, renamed, query_images).logits
    np.testing.assert_allclose(np.roll(first, 1, axis=1), second, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"variant": "metanet_plus"},
        {"variant": "metanet_minus", "augmented_layers": None},
        {"symmetric_head": True, "base_input": "representation"},
    ],
)
def test_memory_specs_are_those_of_what_adapt_returns(settings):
    model = _model(**settings)
    images = tf.TensorSpec([None, *model.image_shape], tf.float32)
    whole_number = tf.TensorSpec([], tf.int32)
    labels = tf.TensorSpec([None], tf.int32)
    adapt = tf.function(model.adapt, input_signature=[images, labels, whole_number])
    memory = adapt.get_concrete_function().structured_outputs
    found = tf.nest.map_structure(lambda t: tf.TensorSpec(t.shape, t.dtype), memory)
    assert found == model.memory_specs()


@pytest.mark.parametrize("variant", ["metanet", "metanet_minus"])
def test_every_part_of_theta_learns_below_a_symmetric_head(variant):
    config = ModelConfig(
        variant=variant, symmetric_head=True, base_input="representation"
    )
    model = MetaNet(config, n_way=3)
    with tf.GradientTape() as tape:
        prediction = model(*_task(), training=True)
        query_loss = tf.reduce_mean(cross_entropy(prediction.logits, QUERY_LABELS))
    variables = [variable.value for variable in model.trainable_variables]
    for variable, gradient in zip(
        model.trainable_variables, tape.gradient(query_loss, variables), strict=True
    ):
        assert gradient is not None, variable.path
        assert np.all(np.isfinite(gradient)), variable.path


def test_a_symmetric_head_is_refused_for_metanet_plus():
    with pytest.raises(InputError, match="symmetric_head.*--variant"):
        _model(symmetric_head=True, variant="metanet_plus")


def test_without_slow_weights_the_augmented_layers_use_fast_weights_alone():
    model = _model(slow_weights=False)
    with tf.GradientTape() as tape:
        logits = model(*_task()).logits
    kernel = model.base_learner.head.kernel.value
    assert tape.gradient(logits, kernel) is None


def test_same_seed_starts_alike_and_another_differs():
    first, same, other = (
        MetaNet(ModelConfig(**SMALL), n_way=3, seed=seed) for seed in (1, 1, 2)
    )
    for one, two in zip(first.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    kernel = first.base_learner.head.kernel.numpy()
    assert np.any(kernel != other.base_learner.head.kernel.numpy())


def test_config_and_weights_round_trip(tmp_path):
    model = _model(variant="metanet_plus")
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(model)
    )
    model.save_weights(tmp_path / "model.weights.h5")
    copy.load_weights(tmp_path / "model.weights.h5")
    assert copy.config == model.config
    np.testing.assert_array_equal(copy(*_task()).logits, model(*_task()).logits)


@pytest.mark.parametrize("symmetric_head", [False, True])
def test_mixed_precision_changes_answers_little_and_keeps_theta_in_float32(
    symmetric_head,
):
    half, full = (
        _model(mixed_precision=mixed, symmetric_head=symmetric_head)
        for mixed in (True, False)
    )
    assert {v.dtype for v in half.trainable_variables} == {"float32"}
    ours, expected = half(*_task()).logits, full(*_task()).logits
    assert ours.dtype == tf.float32
    assert np.any(ours != expected)
    np.testing.assert_allclose(ours, expected, atol=0.05)
    memory = half.adapt(*_task()[:2])
    np.testing.assert_allclose(
        half.classify(memory, _task()[2]).logits, ours, atol=0.02
    )


def test_compiled_by_xla_the_answers_are_the_same():
    model = _model(jit=True)
    compiled = tf.function(lambda *task: model(*task).logits, jit_compile=True)
    np.testing.assert_allclose(compiled(*_task()), _model()(*_task()).logits, atol=1e-5)


@pytest.fixture(scope="module")
def answer():
    """Function: traced answers of a small model, for any number of images."""
    model = _model(learner="mlp", sampled_support=2)
    images = tf.TensorSpec([None, 28, 28, 1])
    signature = [images, tf.TensorSpec([None], tf.int32), images]
    return tf.function(lambda *task: model(*task), signature)


@hypothesis.given(strategies.permutations(range(6)))
def test_any_order_of_the_support_orders_the_rows_of_the_memory_alone(answer, order):
    support_images, support_labels, query_images = _task(k_shot=2)
    first = answer(support_images, support_labels, query_images)
    second = answer(
        tf.gather(support_images, order), tf.gather(support_labels, order), query_images
    )
    np.testing.assert_allclose(second.logits, first.logits, atol=1e-5)
    expected = tf.gather(first.attention_weights, order, axis=1)
    np.testing.assert_allclose(second.attention_weights, expected, atol=1e-6)


@hypothesis.given(strategies.lists(strategies.integers(0, 5), min_size=1, max_size=9))
def test_a_query_is_answered_alike_whatever_the_others_are(answer, asked):
    support_images, support_labels, query_images = _task(queries=6)
    alone = answer(support_images, support_labels, query_images).logits
    among = answer(support_images, support_labels, tf.gather(query_images, asked))
    np.testing.assert_allclose(among.logits, tf.gather(alone, asked), atol=1e-5)


BFLOAT16_BOUND = 0.1  # Of the largest logit; docs/training.md tells it.


@pytest.fixture(scope="module")
def in_both_precisions():
    """Function: answers of a small model in bfloat16 and in float32."""
    models = [_model(learner="mlp", mixed_precision=mixed) for mixed in (True, False)]

    @tf.function
    def both(support_images, query_images):
        labels = tf.range(3)
        return [model(support_images, labels, query_images).logits for model in models]

    return both


@hypothesis.given(strategies.integers(0, 10**6), strategies.floats(0.05, 0.95))
def test_bfloat16_answers_within_its_bound(in_both_precisions, seed, ink):
    drawn = tf.random.stateless_uniform([7, 28, 28, 1], [seed, 0]) < ink
    images = tf.cast(drawn, tf.float32)
    half, full = in_both_precisions(images[:3], images[3:])
    bound = BFLOAT16_BOUND * np.abs(full).max()
    np.testing.assert_allclose(half, full, rtol=0, atol=bound)


def test_fit_says_how_a_metanet_is_trained():
    with pytest.raises(NotImplementedError, match=r"train_and_test.*OneShotClassifier"):
        _model().fit(*_task()[:2])

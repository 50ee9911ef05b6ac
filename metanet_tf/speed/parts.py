"""Times each part of Algorithm 1, traced alone on a real task.

A part is run forward and backward on what the other parts hand it in a training
step. Its sum of outputs is what the backward pass differentiates.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from metanet_tf import memory
from metanet_tf.config import TrainingConfig
from metanet_tf.learners import FastWeights
from metanet_tf.meta_information import representation_gradients, task_gradients
from metanet_tf.model import random_order
from metanet_tf.speed.operations import Operations, count_operations
from metanet_tf.speed.timing import Timer
from metanet_tf.speed.workload import Workload


@dataclasses.dataclass(frozen=True)
class Part:
    """Time of one part of a training step when it runs alone.

    Attributes:
        name: as in `count_operations`, for those whose operations are counted.
        seconds: forward and backward.
        operations: None where they are not counted.
        in_sum: False for what is done beside the training step before.
    """

    name: str
    seconds: float
    operations: int | None
    in_sum: bool = True


def measure_parts(workload: Workload, timer: Timer) -> list[Part]:
    """Times each part of a training step of `workload`, which is used up by it.

    "input pipeline" is the time to draw an episode with nothing else to do; in
    training that happens beside the step before.
    """
    case = workload.case
    operations = count_operations(workload.model, case.num_support, case.num_query)
    functions = TracedParts(workload).functions()
    functions["optimiser"] = _optimiser(workload)
    parts = [
        Part(name, timer.time(function).median, _total(operations.get(name)))
        for name, function in functions.items()
    ]
    drawing = timer.time(lambda: next(workload.batches)).median
    return [*parts, Part("input pipeline", drawing, None, in_sum=False)]


class TracedParts:
    """The parts of one training step, each with the inputs it has in the step.

    Args:
        workload: whose model and episode are used.
    """

    def __init__(self, workload: Workload) -> None:
        self._model = workload.model
        self._episode = workload.episode
        self._hand_over()

    def functions(self) -> dict[str, Callable[[], Any]]:
        """One traced function for each part, in the order of Algorithm 1."""
        model = self._model
        u, b = model.representation_learner, model.base_learner
        functions = {
            "u, shared layers": _traced(
                self._u_shared_layers, _weights(u.shared_layers)
            ),
            "b, shared layers": _traced(
                self._b_shared_layers, _weights(b.shared_layers)
            ),
            "support gradients": _traced(self._support_gradients, []),
            "m": _traced(self._m, _weights([model.example_weight_generator])),
        }
        if model.task_weight_generator is not None:
            d_weights = _weights([model.task_weight_generator])
            functions["d"] = _traced(self._d, d_weights)
        upper = [*u.augmented_layers, *b.augmented_layers, b.head]
        read = [self._keys, self._embeddings, self._task_memory.memory_values]
        features = [self._features, self._base_features]
        fast = [self._task_memory.task_fast_weights, self._example_fast_weights]
        functions["memory read"] = _traced(self._memory_read, read)
        functions["augmented layers"] = _traced(
            self._augmented_layers, [_weights(upper), features, fast]
        )
        return functions

    def _hand_over(self) -> None:
        """Runs one task eagerly and keeps what each part gets from those before."""
        model, episode = self._model, self._episode
        u, b = model.representation_learner, model.base_learner
        self._task_memory = model.adapt(*episode.support)
        self._keys = self._task_memory.memory_keys
        self._embeddings = u(episode.query_images, self._task_memory.task_fast_weights)
        self._features = self._u_shared_layers()
        support, queries = self._base_inputs()
        self._base_support_features = b.shared_features(support)
        self._base_features = b.shared_features(queries)
        self._u_gradients, self._b_gradients = self._support_gradients()
        self._example_fast_weights = self._memory_read()

    def _u_shared_layers(self) -> list[tf.Tensor]:
        u, episode = self._model.representation_learner, self._episode
        images = [episode.support_images, episode.query_images]
        return [u.shared_features(part) for part in images]

    def _b_shared_layers(self) -> list[tf.Tensor]:
        support, queries = self._base_inputs()
        b = self._model.base_learner
        # Nothing of L_train flows back through the support.
        return [
            tf.stop_gradient(b.shared_features(support)),
            b.shared_features(queries),
        ]

    def _base_inputs(self) -> tuple[tf.Tensor, tf.Tensor]:
        b, episode = self._model.base_learner, self._episode
        return (
            b.choose_inputs(episode.support_images, self._keys),
            b.choose_inputs(episode.query_images, self._embeddings),
        )

    def _support_gradients(self) -> tuple[FastWeights, FastWeights]:
        model, labels = self._model, self._episode.support_labels
        of_u: FastWeights = []
        if model.task_weight_generator is not None:
            sample = self._sampled()
            of_u = representation_gradients(
                model.representation_learner,
                tf.gather(self._features[0], sample),
                tf.gather(labels, sample),
                model.n_way,
            )
        of_b = task_gradients(
            model.base_learner, self._base_support_features, labels, model.n_way
        )
        return of_u, of_b

    def _m(self) -> FastWeights:
        return self._model.example_weight_generator(self._b_gradients)

    def _d(self) -> FastWeights:
        d: Any = self._model.task_weight_generator
        gradients = list(self._u_gradients)
        if self._model.config.variant == "metanet_plus":
            sample = self._sampled()
            gradients += [tf.gather(gradient, sample) for gradient in self._b_gradients]
        return d(gradients)

    def _sampled(self) -> tf.Tensor:
        order = random_order(self._episode.support_images)
        return order[: self._model.config.sampled_support]

    def _memory_read(self) -> FastWeights:
        sharpness = self._model.config.attention_sharpness
        scores = memory.score(self._keys, self._embeddings)
        labels = self._episode.support_labels
        weights = memory.attend(scores, labels, sharpness)
        return memory.read(self._task_memory.memory_values, weights)

    def _augmented_layers(self) -> list[tf.Tensor]:
        u, b = self._model.representation_learner, self._model.base_learner
        fast_weights = self._task_memory.task_fast_weights
        embeddings = [u.represent(part, fast_weights) for part in self._features]
        logits = b.logits(
            self._base_features,
            self._task_memory.base_task_fast_weights,
            self._example_fast_weights,
        )
        return [*embeddings, logits]


def _traced(function: Callable[[], Any], sources: Any) -> Callable[[], Any]:
    """Traces `function` and the gradients of its outputs' sum at `sources`."""

    @tf.function
    def forward_and_backward() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(sources)
            outputs = function()
        return outputs, tape.gradient(outputs, sources)

    return forward_and_backward


def _weights(layers: list[Any]) -> list[tf.Variable]:
    return [v.value for layer in layers for v in layer.trainable_variables]


def _optimiser(workload: Workload) -> Callable[[], Any]:
    """Clips gradients and updates theta, as the training step does."""
    variables = workload.model.trainable_variables
    gradients = [tf.ones(variable.shape) for variable in variables]

    @tf.function
    def update() -> None:
        clipped, _ = tf.clip_by_global_norm(gradients, TrainingConfig().clip_norm)
        workload.optimizer.apply(clipped, variables)

    return update


def _total(operations: Operations | None) -> int | None:
    return None if operations is None else operations.total

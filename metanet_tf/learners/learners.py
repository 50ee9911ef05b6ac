"""The two learners: b, which classifies, and u, which embeds."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from keras.saving import deserialize_keras_object, serialize_keras_object

from metanet_tf.layers import Augmented, ClassifierHead, SymmetricHead

FastWeights = Sequence[tf.Tensor]  # one kernel per augmented layer, bottom first


class SlowTerm(NamedTuple):
    """A layer's slow term, with all that its kernel's gradient is made of.

    Attributes:
        layer: the augmented layer.
        inputs: what it was applied to, [batch, ..., in].
        term: its slow term, before the non-linearity, [batch, ..., out].
    """

    layer: Augmented
    inputs: tf.Tensor
    term: tf.Tensor


class Learner(keras.layers.Layer):
    """Hidden layers, of which the last few take fast weights, and a classifier head.

    `shared_features` is everything below the first augmented layer: it is the same with
    and without fast weights, so its result can be used for both.

    Args:
        hidden_layers: from input to representation, augmentable and others.
        head: on top of them; gives the logits.
        num_augmented: number of hidden layers that take fast weights, the last ones;
            None, or more than there are: all.
        **settings: those of `keras.layers.Layer`.
    """

    def __init__(
        self,
        hidden_layers: Sequence[keras.layers.Layer],
        head: ClassifierHead | SymmetricHead,
        num_augmented: int | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._num_augmented = num_augmented
        first = _first_augmented(hidden_layers, num_augmented)
        self.shared_layers = list(hidden_layers[:first])
        self.augmented_layers = list(hidden_layers[first:])
        self.head = head

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for layer in [*self.shared_layers, *self.augmented_layers, self.head]:
            if not layer.built:  # From a config it comes with its weights.
                layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        self.built = True

    @property
    def kernel_shapes(self) -> list[tuple[int | None, ...]]:
        """Shapes of the fast weights of the augmented hidden layers, bottom first."""
        layers = self.augmented_layers
        return [x.kernel_shape for x in layers if isinstance(x, Augmented)]

    def shared_features(self, inputs: tf.Tensor) -> tf.Tensor:
        """Features below the first augmented layer, [batch, ...]."""
        for layer in self.shared_layers:
            inputs = layer(inputs)
        return inputs

    def represent(
        self,
        features: tf.Tensor,
        task_fast_weights: FastWeights = (),
        example_fast_weights: FastWeights = (),
    ) -> tf.Tensor:
        """Output of the last hidden layer, float [batch, size of it]."""
        task, example = iter(task_fast_weights), iter(example_fast_weights)
        for layer in self.augmented_layers:
            if isinstance(layer, Augmented):
                features = layer(features, next(task, None), next(example, None))
            else:
                features = layer(features)
        return features

    def slow_terms(self, features: tf.Tensor) -> tuple[tf.Tensor, list[SlowTerm]]:
        """Runs the hidden layers on slow weights alone.

        Returns:
            The representation, [batch, size of it], and each augmented
            hidden layer's slow term.
        """
        terms = []
        for layer in self.augmented_layers:
            if isinstance(layer, Augmented):
                terms.append(SlowTerm(layer, features, layer.slow_term(features)))
                activations = layer.activation(terms[-1].term)
                features = layer.finish(features, activations)
            else:
                features = layer(features)
        return features, terms

    def get_config(self) -> dict[str, Any]:
        hidden_layers = [*self.shared_layers, *self.augmented_layers]
        return {
            **super().get_config(),
            "hidden_layers": list(map(serialize_keras_object, hidden_layers)),
            "head": serialize_keras_object(self.head),
            "num_augmented": self._num_augmented,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Learner":
        layers = list(map(deserialize_keras_object, config["hidden_layers"]))
        head = deserialize_keras_object(config["head"])
        return cls(**{**config, "hidden_layers": layers, "head": head})


@keras.saving.register_keras_serializable(package="metanet_tf")
class RepresentationLearner(Learner):
    """u: embeds an image in the current task; its output is r.

    Its head serves `loss_emb` alone (Eq. 2), which trains nothing unless
    gradients of the second order flow: then alone it is trainable.
    """

    def call(self, inputs: tf.Tensor, task_fast_weights: FastWeights = ()) -> tf.Tensor:
        """Returns u(Q, Q*, x) = r, float [batch, size of r] (Eq. 5, 8)."""
        return self.represent(self.shared_features(inputs), task_fast_weights)


@keras.saving.register_keras_serializable(package="metanet_tf")
class BaseLearner(Learner):
    """b: classifies a query with fast weights of its own.

    Args:
        *arguments: those of `Learner`.
        base_input: what it works on: "image" or "representation".
        **settings: those of `Learner`.
    """

    def __init__(
        self, *arguments: Any, base_input: str = "image", **settings: Any
    ) -> None:
        super().__init__(*arguments, **settings)
        self._base_input = base_input

    def choose_inputs(self, images: tf.Tensor, embeddings: tf.Tensor) -> tf.Tensor:
        """Images x or their embeddings r, whichever b works on (Eq. 12)."""
        return embeddings if self._base_input == "representation" else images

    def call(
        self,
        inputs: tf.Tensor,
        task_fast_weights: FastWeights = (),
        example_fast_weights: FastWeights = (),
        n_way: int | tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Returns the logits of b(W, W*_i, x_i), float [batch, n_way] (Eq. 12)."""
        features = self.shared_features(inputs)
        return self.logits(features, task_fast_weights, example_fast_weights, n_way)

    def logits(
        self,
        features: tf.Tensor,
        task_fast_weights: FastWeights = (),
        example_fast_weights: FastWeights = (),
        n_way: int | tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Logits of shared features, float [batch, n_way]."""
        representation = self.represent(
            features, task_fast_weights[:-1], example_fast_weights[:-1]
        )
        return self.head(
            representation,
            task_fast_weights[-1] if task_fast_weights else None,
            example_fast_weights[-1] if example_fast_weights else None,
            n_way=n_way,
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "base_input": self._base_input}


def _first_augmented(
    layers: Sequence[keras.layers.Layer], num_augmented: int | None
) -> int:
    positions = [i for i, layer in enumerate(layers) if isinstance(layer, Augmented)]
    if num_augmented is None:
        num_augmented = len(positions)
    chosen = positions[max(0, len(positions) - num_augmented) :]
    return chosen[0] if chosen else len(layers)

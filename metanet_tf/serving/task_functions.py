"""The two halves of a classification: learning a support set, answering queries."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from metanet_tf.model import MetaNet, TaskMemory
from metanet_tf.rejection import familiarity
from metanet_tf.serving.checks import check_images, check_labels

_QUERIES_AT_ONCE = 64  # bounds memory: every query has fast weights of its own
_ANSWER = {
    "probabilities": tf.TensorSpec([None, None], tf.float32),
    "attention_weights": tf.TensorSpec([None, None], tf.float32),
}
_FAMILIARITY = tf.TensorSpec([None], tf.float32)


class TaskFunctions:
    """A trained MetaNet's halves, with checks of what they are given.

    Args:
        model: trained; the number of ways of a task need not be the trained one.
    """

    def __init__(self, model: MetaNet) -> None:
        self._model = model

    def adapt(self, support_images: tf.Tensor, support_labels: tf.Tensor) -> TaskMemory:
        """Learns a support set; arguments as in `Classifier.classify`."""
        support = self._checked("support_images", support_images)
        labels = check_labels(support_labels, tf.shape(support)[0])
        return self._model.adapt(support, labels, tf.reduce_max(labels) + 1)

    def answer(
        self, task_memory: TaskMemory, query_images: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Returns `probabilities`, [L, N], and `attention_weights`, [L, S]."""
        queries = self._checked("query_images", query_images)
        return _map_in_chunks(
            lambda some: self._answer(task_memory, some), queries, _ANSWER
        )

    def familiarity(
        self, task_memory: TaskMemory, query_images: tf.Tensor
    ) -> tf.Tensor:
        """Returns float32 [L] in [-1, 1]; see `metanet_tf.rejection`."""
        queries = self._checked("query_images", query_images)
        return _map_in_chunks(
            lambda some: familiarity(self._model, task_memory, some),
            queries,
            _FAMILIARITY,
        )

    def answer_at_once(
        self, task_memory: TaskMemory, query_images: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Returns `probabilities` and `familiarity` of a few queries.

        Without checks and loops, which LiteRT does not know.
        """
        queries = tf.ensure_shape(query_images, [None, *self._model.image_shape])
        return {
            "probabilities": self._answer(task_memory, queries)["probabilities"],
            "familiarity": familiarity(self._model, task_memory, queries),
        }

    def _answer(
        self, task_memory: TaskMemory, queries: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        prediction = self._model.classify(task_memory, queries)
        return {
            "probabilities": tf.nn.softmax(prediction.logits),
            "attention_weights": prediction.attention_weights,
        }

    def _checked(self, name: str, images: tf.Tensor) -> tf.Tensor:
        return check_images(name, images, self._model.image_shape)


def _map_in_chunks(
    function: Callable[[tf.Tensor], Any], images: tf.Tensor, result: Any
) -> Any:
    """Returns function(images), computed for a few images at a time.

    The last chunk is filled up with zeros; no images at all are one such chunk.

    Args:
        function: of some images; what it returns has a row for each.
        images: [L, H, W, C].
        result: a TensorSpec for each tensor that `function` returns.
    """
    count = tf.shape(images)[0]
    size = tf.clip_by_value(count, 1, _QUERIES_AT_ONCE)
    num_chunks = tf.maximum(-(-count // size), 1)
    padding = [[0, num_chunks * size - count], [0, 0], [0, 0], [0, 0]]
    chunks = tf.reshape(tf.pad(images, padding), [num_chunks, size, *images.shape[1:]])
    results = tf.map_fn(function, chunks, fn_output_signature=result)

    def joined(rows: tf.Tensor) -> tf.Tensor:
        shape = tf.concat([[num_chunks * size], tf.shape(rows)[2:]], axis=0)
        return tf.reshape(rows, shape)[:count]

    return tf.nest.map_structure(joined, results)

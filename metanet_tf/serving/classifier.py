"""A trained MetaNet as functions of one task, the SavedModel's signatures."""

from collections.abc import Callable

import tensorflow as tf

from metanet_tf.datasets.preprocessing import prepare_images
from metanet_tf.model import MetaNet
from metanet_tf.serving.checks import check_encoded, check_images, check_labels
from metanet_tf.serving.decoding import decode_picture

_QUERIES_AT_ONCE = 64  # bounds memory: every query has fast weights of its own


def _images(name: str) -> tf.TensorSpec:
    # Sizes stay open: a declared size is trusted, and not checked, by a server.
    return tf.TensorSpec([None, None, None, None], tf.float32, name=name)


def _encoded(name: str) -> tf.TensorSpec:
    return tf.TensorSpec([None], tf.string, name=name)


_LABELS = tf.TensorSpec([None], tf.int32, name="support_labels")


class Classifier(tf.Module):
    """Learns the classes of a support set and names those of queries.

    Everything is in the graphs of its two functions: they need no project code.

    Args:
        model: trained; the number of ways of a request need not be the trained one.
    """

    def __init__(self, model: MetaNet) -> None:
        super().__init__(name="classifier")
        # Variables alone are kept, since a SavedModel contains what is reachable.
        self._model_variables = [variable.value for variable in model.variables]
        self._adapt, self._classify = model.adapt, model.classify
        self._image_shape = tuple(model.image_shape)

    @tf.function(
        input_signature=[_images("support_images"), _LABELS, _images("query_images")]
    )
    def classify(
        self,
        support_images: tf.Tensor,
        support_labels: tf.Tensor,
        query_images: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Classifies images that were prepared as in training.

        Args:
            support_images: float32 [S, H, W, C] in [0, 1], ink 1 and paper 0.
            support_labels: int32 [S] in [0, N); N >= 2 is the largest label plus 1.
            query_images: float32 [L, H, W, C] in [0, 1].

        Returns:
            `probabilities`, float32 [L, N], whose rows sum to 1, and `labels`, int32
            [L] in [0, N), the most probable class. A query's answer does not depend
            on the other queries.

        Raises:
            tf.errors.InvalidArgumentError: if an argument is not as said above.
        """
        support = check_images("support_images", support_images, self._image_shape)
        labels = check_labels(support_labels, tf.shape(support)[0])
        queries = check_images("query_images", query_images, self._image_shape)
        probabilities = self._probabilities(support, labels, queries)
        return {
            "probabilities": probabilities,
            "labels": tf.argmax(probabilities, axis=-1, output_type=tf.int32),
        }

    @tf.function(
        input_signature=[_encoded("support_images"), _LABELS, _encoded("query_images")]
    )
    def classify_encoded(
        self,
        support_images: tf.Tensor,
        support_labels: tf.Tensor,
        query_images: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Classifies PNG or JPEG files of any size: dark ink on white paper.

        Transparent paper is white; a picture that is not square is padded with paper.

        Args:
            support_images: string [S], contents of files.
            support_labels: as in `classify`.
            query_images: string [L], contents of files.

        Returns:
            As in `classify`.

        Raises:
            tf.errors.InvalidArgumentError: if an argument is not as said above.
        """
        return self.classify(
            self._decode(check_encoded("support_images", support_images)),
            support_labels,
            self._decode(check_encoded("query_images", query_images)),
        )

    def _decode(self, encoded_images: tf.Tensor) -> tf.Tensor:
        height, _, _ = self._image_shape

        def decode(encoded_image: tf.Tensor) -> tf.Tensor:
            picture = decode_picture(encoded_image)
            return prepare_images(picture[tf.newaxis], height)[0]

        return tf.map_fn(
            decode,
            encoded_images,
            fn_output_signature=tf.TensorSpec(self._image_shape, tf.float32),
        )

    def _probabilities(
        self, support_images: tf.Tensor, labels: tf.Tensor, queries: tf.Tensor
    ) -> tf.Tensor:
        n_way = tf.reduce_max(labels) + 1
        task_memory = self._adapt(support_images, labels, n_way)

        def answer(some_queries: tf.Tensor) -> tf.Tensor:
            return tf.nn.softmax(self._classify(task_memory, some_queries).logits)

        return _map_in_chunks(answer, queries)


def _map_in_chunks(
    function: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor
) -> tf.Tensor:
    """Returns function(images), [L, N], computed for a few images at a time.

    The last chunk is filled up with zeros; no images at all are one such chunk.
    """
    count = tf.shape(images)[0]
    size = tf.clip_by_value(count, 1, _QUERIES_AT_ONCE)
    num_chunks = tf.maximum(-(-count // size), 1)
    padding = [[0, num_chunks * size - count], [0, 0], [0, 0], [0, 0]]
    chunks = tf.reshape(tf.pad(images, padding), [num_chunks, size, *images.shape[1:]])
    results = tf.map_fn(function, chunks, fn_output_signature=tf.float32)
    return tf.reshape(results, [num_chunks * size, -1])[:count]

"""A trained MetaNet as functions of a task, some of them a SavedModel's signatures."""

import dataclasses
import json
from collections.abc import Sequence

import tensorflow as tf

from metanet_tf.datasets.preparation import prepare_pictures
from metanet_tf.model import MetaNet
from metanet_tf.rejection import Rejection
from metanet_tf.serving.checks import check_encoded
from metanet_tf.serving.decoding import decode_picture
from metanet_tf.serving.task_functions import TaskFunctions


def _images(name: str) -> tf.TensorSpec:
    # Sizes stay open: a declared size is trusted, and not checked, by a server.
    return tf.TensorSpec([None, None, None, None], tf.float32, name=name)


def _encoded(name: str) -> tf.TensorSpec:
    return tf.TensorSpec([None], tf.string, name=name)


_LABELS = tf.TensorSpec([None], tf.int32, name="support_labels")
_PIXELS = tf.TensorSpec([None, None, None, 4], tf.uint8, name="pictures")
_INK = tf.TensorSpec([], tf.string, name="ink")


class Classifier(tf.Module):
    """Learns the classes of a support set and names those of queries.

    Everything is in the graphs of its functions: they need no project code, and a
    SavedModel that is loaded has them all.

    Args:
        model: trained; the number of ways of a request need not be the trained one.
        rejections: thresholds for what is of no taught class.
        preparation: of pictures, the one of the model's training images.
    """

    def __init__(
        self,
        model: MetaNet,
        rejections: Sequence[Rejection] = (),
        *,
        preparation: str = "none",
    ) -> None:
        super().__init__(name="classifier")
        # Variables alone are kept, since a SavedModel contains what is reachable.
        self._model_variables = [variable.value for variable in model.variables]
        self._image_shape = tuple(model.image_shape)
        self._preparation = preparation
        self._rejections = json.dumps([dataclasses.asdict(r) for r in rejections])
        self._make_functions(TaskFunctions(model))

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
        task_memory = self.adapt(support_images, support_labels)
        probabilities = self.answer(task_memory, query_images)["probabilities"]
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
        """Classifies picture files of any size, dark on light or light on dark.

        Args:
            support_images: string [S], contents of PNG, JPEG, WebP or BMP files.
            support_labels: as in `classify`.
            query_images: string [L], contents of files.

        Returns:
            As in `classify`.

        Raises:
            tf.errors.InvalidArgumentError: if an argument is not as said above.
        """
        return self.classify(
            self.prepare(check_encoded("support_images", support_images), "detect"),
            support_labels,
            self.prepare(check_encoded("query_images", query_images), "detect"),
        )

    @tf.function(input_signature=[_encoded("pictures"), _INK])
    def prepare(self, pictures: tf.Tensor, ink: tf.Tensor) -> tf.Tensor:
        """Makes picture files like training images; see `prepare_pictures`.

        Args:
            pictures: string [B], contents of files.
            ink: string [], "detect", "dark" or "light".

        Returns:
            float32 [B, H, W, C] in [0, 1].

        Raises:
            tf.errors.InvalidArgumentError: if a file is damaged or no picture.
        """
        return tf.map_fn(
            lambda picture: self._prepare(decode_picture(picture)[tf.newaxis], ink)[0],
            check_encoded("pictures", pictures),
            fn_output_signature=tf.TensorSpec(self._image_shape, tf.float32),
        )

    @tf.function(input_signature=[_PIXELS, _INK])
    def prepare_pixels(self, pictures: tf.Tensor, ink: tf.Tensor) -> tf.Tensor:
        """Makes uint8 [B, h, w, 4], with opacity, like training images."""
        return self._prepare(pictures, ink)

    @tf.function(input_signature=[])
    def rejections(self) -> tf.Tensor:
        """The thresholds as JSON, string []."""
        return tf.constant(self._rejections)

    def _prepare(self, pictures: tf.Tensor, ink: tf.Tensor) -> tf.Tensor:
        return prepare_pictures(pictures, self._image_shape[0], ink, self._preparation)

    def _make_functions(self, functions: TaskFunctions) -> None:
        """Makes functions of the signatures' parts, for tasks with many queries."""
        self.adapt = tf.function(
            functions.adapt, input_signature=[_images("support_images"), _LABELS]
        )
        memory = tf.nest.map_structure(
            lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype),
            self.adapt.get_concrete_function().structured_outputs,
        )
        signature = [memory, _images("query_images")]
        self.answer = tf.function(functions.answer, input_signature=signature)
        self.familiarity = tf.function(functions.familiarity, input_signature=signature)
        self.answer_at_once = tf.function(
            functions.answer_at_once, input_signature=signature
        )

"""A trained MetaNet as functions of a task, some of them a SavedModel's signatures."""

import dataclasses
import functools
import json
from collections.abc import Sequence
from typing import Protocol

import tensorflow as tf

from metanet_tf.data.preparation import prepare_each, prepare_pictures
from metanet_tf.evaluation.rejection import RejectionThreshold
from metanet_tf.model import MetaNet, TaskMemory
from metanet_tf.saved_model.checks import check_encoded, check_images, check_labels
from metanet_tf.saved_model.decoding import decode_picture
from metanet_tf.saved_model.thresholds import graph_threshold
from metanet_tf.utils.chunks import map_in_chunks

_QUERIES_AT_ONCE = 64  # Bounds memory: every query has fast weights of its own.
_FAINTEST = 0.1  # Ink weaker than this is noise, or the paper's own shades.
_ANSWER = {
    "probabilities": tf.TensorSpec([None, None], tf.float32),
    "attention_weights": tf.TensorSpec([None, None], tf.float32),
    "max_similarity": tf.TensorSpec([None], tf.float32),
}


def _images(name: str) -> tf.TensorSpec:
    # Sizes stay open: a declared size is trusted, and not checked, by a server.
    return tf.TensorSpec([None, None, None, None], tf.float32, name=name)


def _encoded(name: str) -> tf.TensorSpec:
    return tf.TensorSpec([None], tf.string, name=name)


_LABELS = tf.TensorSpec([None], tf.int32, name="support_labels")
_PIXELS = tf.TensorSpec([None, None, None, 4], tf.uint8, name="pictures")
_INK = tf.TensorSpec([], tf.string, name="ink")

Answer = dict[str, tf.Tensor]

# Nothing here needs autograph, which reads the source of all that is called.
_function = functools.partial(tf.function, autograph=False)


class ExportedModule(Protocol):
    """Functions that a `ClassifierModule` has, and a loaded SavedModel of one.

    They are in TensorFlow's graphs and need no project code.
    """

    def adapt(self, support_images: tf.Tensor, support_labels: tf.Tensor) -> TaskMemory:
        """Learns a support set; arguments as in `ClassifierModule.classify`."""

    def answer(self, task_memory: TaskMemory, query_images: tf.Tensor) -> Answer:
        """Answers queries, float32 [L, H, W, C] in [0, 1], from one embedding of each.

        Returns:
            `probabilities`, float32 [L, N]; `attention_weights` over the support,
            float32 [L, S]; the rows of both sum to 1. `max_similarity`, the largest
            cosine to a key of the memory, float32 [L] in [-1, 1].
        """

    def answer_one(self, task_memory: TaskMemory, query_image: tf.Tensor) -> Answer:
        """Answers float32 [1, H, W, C] without checks and loops, which LiteRT lacks."""

    def prepare(self, pictures: tf.Tensor, ink: tf.Tensor | str) -> tf.Tensor:
        """Makes files, string [B], into images, float32 [B, H, W, C] in [0, 1]."""

    def prepare_pixels(self, pictures: tf.Tensor, ink: tf.Tensor | str) -> tf.Tensor:
        """Makes uint8 [B, h, w, 4], with opacity, into such images."""

    def is_blank(self, images: tf.Tensor) -> tf.Tensor:
        """Tells of prepared images, float32 [B, H, W, C], which have no ink, bool [B].

        No photograph is blank.
        """

    def is_ink(self) -> tf.Tensor:
        """Tells whether images are of ink, 1 on paper 0, or of photographs, bool []."""

    def classify(
        self,
        support_images: tf.Tensor,
        support_labels: tf.Tensor,
        query_images: tf.Tensor,
    ) -> Answer:
        """Learns a support set and names queries; see `ClassifierModule.classify`."""

    def classify_encoded(
        self,
        support_images: tf.Tensor,
        support_labels: tf.Tensor,
        query_images: tf.Tensor,
    ) -> Answer:
        """Does the same with files; see `ClassifierModule.classify_encoded`."""

    def rejections(self) -> tf.Tensor:
        """Returns the thresholds as JSON, string []."""


class ClassifierModule(tf.Module):
    """Learns the classes of a support set and names those of queries.

    Everything is in the graphs of its functions: they need no project code, and a
    SavedModel that is loaded has them all; see `ExportedModule`.

    Args:
        model: trained; the number of ways of a request need not be the trained one.
        rejections: thresholds for what is of no taught class.
        preparation: of pictures, as in training; see `prepare_pictures`.
    """

    def __init__(
        self,
        model: MetaNet,
        rejections: Sequence[RejectionThreshold] = (),
        *,
        preparation: str = "none",
    ) -> None:
        super().__init__(name="classifier")
        # Variables alone are kept, since a SavedModel contains what is reachable.
        self._model_variables = [variable.value for variable in model.variables]
        self._image_shape = tuple(model.image_shape)
        self._preparation = preparation
        self._rejections = json.dumps([dataclasses.asdict(r) for r in rejections])
        self._threshold = functools.partial(graph_threshold, rejections)
        self._make_functions(model)

    @_function(
        input_signature=[_images("support_images"), _LABELS, _images("query_images")]
    )
    def classify(
        self,
        support_images: tf.Tensor,
        support_labels: tf.Tensor,
        query_images: tf.Tensor,
    ) -> Answer:
        """Classifies images that were prepared as in training.

        Args:
            support_images: float32 [S, H, W, C] in [0, 1], ink 1 and paper 0.
            support_labels: int32 [S] in [0, N); N >= 2 is the largest label plus 1.
            query_images: float32 [L, H, W, C] in [0, 1].

        Returns:
            `probabilities`, float32 [L, N], whose rows sum to 1; `labels`, int32 [L]
            in [0, N), the most probable class; and as in `verdict`. A query's answer
            does not depend on the other queries.

        Raises:
            tf.errors.InvalidArgumentError: if an argument is not as said above.
        """
        task_memory = self.adapt(support_images, support_labels)
        answer = self.answer(task_memory, query_images)
        probabilities = answer["probabilities"]
        num_support = tf.size(support_labels)
        threshold = self._threshold(task_memory.n_way, num_support)
        return {
            "probabilities": probabilities,
            "labels": tf.argmax(probabilities, axis=-1, output_type=tf.int32),
            **verdict(self, query_images, answer["max_similarity"], threshold),
        }

    @_function(
        input_signature=[_encoded("support_images"), _LABELS, _encoded("query_images")]
    )
    def classify_encoded(
        self,
        support_images: tf.Tensor,
        support_labels: tf.Tensor,
        query_images: tf.Tensor,
    ) -> Answer:
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

    @_function(input_signature=[_encoded("pictures"), _INK])
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
        return prepare_each(
            check_encoded("pictures", pictures),
            decode_picture,
            self._image_shape[0],
            ink,
            self._preparation,
            self._image_shape[2],
        )

    @_function(input_signature=[_PIXELS, _INK])
    def prepare_pixels(self, pictures: tf.Tensor, ink: tf.Tensor) -> tf.Tensor:
        """Makes uint8 [B, h, w, 4], with opacity, like training images."""
        size, _, channels = self._image_shape
        return prepare_pictures(pictures, size, ink, self._preparation, channels)

    @_function(input_signature=[_images("images")])
    def is_blank(self, images: tf.Tensor) -> tf.Tensor:
        """Tells of prepared images which have no ink; no photograph is blank.

        Args:
            images: float32 [B, H, W, C] in [0, 1].

        Returns:
            bool [B].
        """
        if self._preparation == "photograph":
            return tf.zeros_like(images[:, 0, 0, 0], tf.bool)
        return tf.reduce_max(images, axis=[1, 2, 3]) < _FAINTEST

    @_function(input_signature=[])
    def is_ink(self) -> tf.Tensor:
        """Tells whether images are of ink, 1 on paper 0, or of photographs, bool []."""
        return tf.constant(self._preparation != "photograph")

    @_function(input_signature=[])
    def rejections(self) -> tf.Tensor:
        """Returns the thresholds as JSON, string []."""
        return tf.constant(self._rejections)

    def _make_functions(self, model: MetaNet) -> None:
        """Makes the functions that read the model, which must not be an attribute."""
        shape = self._image_shape

        def adapt(support_images: tf.Tensor, support_labels: tf.Tensor) -> TaskMemory:
            support = check_images("support_images", support_images, shape)
            labels = check_labels(support_labels, tf.shape(support)[0])
            with tf.control_dependencies([labels]):  # u fails on no images at all.
                support = tf.identity(support)
            return model.adapt(support, labels, tf.reduce_max(labels) + 1)

        def answer(task_memory: TaskMemory, query_images: tf.Tensor) -> Answer:
            queries = check_images("query_images", query_images, shape)
            answer_some = functools.partial(_answer, model, task_memory)
            return map_in_chunks(answer_some, queries, _QUERIES_AT_ONCE, _ANSWER)

        self.adapt = _function(
            adapt, input_signature=[_images("support_images"), _LABELS]
        )
        memory = model.memory_specs()
        one_image = tf.TensorSpec([1, *shape], tf.float32, name="query_image")
        self.answer = _function(
            answer, input_signature=[memory, _images("query_images")]
        )
        self.answer_one = _function(
            functools.partial(_answer, model), input_signature=[memory, one_image]
        )


def read_rejections(module: ExportedModule) -> tuple[RejectionThreshold, ...]:
    """Returns a module's thresholds."""
    values = json.loads(module.rejections().numpy())
    return tuple(map(RejectionThreshold.from_dict, values))


def verdict(
    module: ExportedModule,
    images: tf.Tensor,
    max_similarity: tf.Tensor,
    threshold: float | tf.Tensor | None,
) -> Answer:
    """Tells of each image whether it can be of a taught class.

    Args:
        module: knows blank images.
        images: prepared, float32 [L, H, W, C].
        max_similarity: see `ExportedModule.answer`, float32 [L].
        threshold: smallest similarity of a known image; None if none was calibrated.

    Returns:
        `max_similarity`; `is_known`, bool [L], False for "none of these", left out
        without a threshold; `is_blank`, bool [L], of images without any ink.
    """
    with tf.control_dependencies([max_similarity]):  # Made of images that were checked.
        images = tf.identity(images)
    found = {
        "max_similarity": max_similarity,
        "is_blank": module.is_blank(images),
    }
    if threshold is not None:
        found["is_known"] = max_similarity >= tf.cast(threshold, tf.float32)
    return found


def _answer(model: MetaNet, task_memory: TaskMemory, query_images: tf.Tensor) -> Answer:
    prediction = model.classify(task_memory, query_images)
    return {
        "probabilities": tf.nn.softmax(prediction.logits),
        "attention_weights": prediction.attention_weights,
        "max_similarity": tf.reduce_max(prediction.attention_scores, axis=-1),
    }

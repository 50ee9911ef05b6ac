"""Classes that were taught, as an ordinary classifier of pictures."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from metanet_tf.evaluation.rejection import threshold_for
from metanet_tf.saved_model.checks import check_images
from metanet_tf.saved_model.classifier_module import (
    Answer,
    ExportedModule,
    read_rejections,
    verdict,
)
from metanet_tf.utils.errors import InputError

_PICTURES = tf.TensorSpec([None], tf.string, name="pictures")
# Sizes stay open: a declared size is trusted, and not checked, by a server.
_IMAGES = tf.TensorSpec([None, None, None, None], tf.float32, name="images")


class TaughtClasses(NamedTuple):
    """Examples of classes, and how to name pictures by them.

    Attributes:
        images: of the examples, float32 [S, H, W, C] in [0, 1]; ink 1, paper 0.
        labels: of the examples, int32 [S] in [0, N).
        names: N strings or numbers, by label.
        ink: of pictures: "detect", "dark" or "light".
        threshold: smallest `max_similarity` of a picture that is of one of the
            classes; None: what the model has for N classes.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[Any, ...]
    ink: str = "detect"
    threshold: float | None = None


class TaughtClassifier(tf.Module):
    """Names pictures by classes that it was taught when it was made.

    Like those of `ClassifierModule`, its functions need no project code.

    Args:
        base: a `ClassifierModule`, or a loaded SavedModel of one.
        classes: what it is taught.

    Attributes:
        base: can be taught other classes.
        class_names: N names as text, by label.
        dtype: data type that the network computes in.

    Raises:
        InputError: if a class name cannot be written as text.
    """

    def __init__(self, base: ExportedModule, classes: TaughtClasses) -> None:
        super().__init__(name="taught_classifier")
        self.base = base
        self.class_names = tuple(map(str, classes.names))
        self._encoded_names = list(map(encode_name, self.class_names))
        self._threshold, self._ink = _threshold(base, classes), classes.ink
        self._settings = json.dumps(
            {
                "names": list(classes.names),
                "ink": classes.ink,
                "threshold": classes.threshold,
            }
        )
        self._examples = {
            "images": tf.constant(classes.images),
            "labels": tf.constant(classes.labels, tf.int32),
        }
        memory = base.adapt(self._examples["images"], self._examples["labels"])
        # A plain number, since LiteRT must know all shapes.
        self._task_memory = memory._replace(n_way=len(classes.names))
        self.dtype = memory.memory_keys.dtype
        one_image = tf.TensorSpec([1, *classes.images.shape[1:]], tf.float32, "images")
        self.classify_one = tf.function(self._classify_one, input_signature=[one_image])

    @tf.function(input_signature=[_PICTURES])
    def classify_pictures(self, pictures: tf.Tensor) -> Answer:
        """Classifies picture files of any size.

        Args:
            pictures: string [B], contents of PNG, JPEG, WebP or BMP files.

        Returns:
            As `classify_images`.

        Raises:
            tf.errors.InvalidArgumentError: if a file is damaged or no picture.
        """
        return self.classify_images(self.base.prepare(pictures, self._ink))

    @tf.function(input_signature=[_IMAGES])
    def classify_images(self, images: tf.Tensor) -> Answer:
        """Classifies images that were prepared as in training.

        Args:
            images: float32 [B, H, W, C] in [0, 1], ink 1 and paper 0.

        Returns:
            Of the most probable class, `class`, string [B], and `probability`,
            float32 [B]; of all, `class_names`, string [B, N], and `probabilities`,
            float32 [B, N]; and, as `classifier.verdict` says, `max_similarity`,
            float32 [B] in [-1, 1], `is_known` and `is_blank`, bool [B]. All have a
            row for each image, as TensorFlow Serving's rows need it.

        Raises:
            tf.errors.InvalidArgumentError: if an argument is not as said above.
        """
        shape = tuple(self._examples["images"].shape[1:])
        images = check_images("images", images, shape, takes_files="serving_default")
        answer = self.base.answer(self._task_memory, images)
        probabilities = answer["probabilities"]
        names = tf.constant(self._encoded_names)
        return {
            "class": tf.gather(names, tf.argmax(probabilities, axis=-1)),
            "probability": tf.reduce_max(probabilities, axis=-1),
            "class_names": tf.repeat(names[tf.newaxis], tf.shape(images)[0], axis=0),
            "probabilities": probabilities,
            **verdict(self.base, images, answer["max_similarity"], self._threshold),
        }

    @tf.function(input_signature=[])
    def examples(self) -> dict[str, tf.Tensor]:
        """Returns `images` and `labels` of `TaughtClasses`."""
        return {name: tf.identity(value) for name, value in self._examples.items()}

    @tf.function(input_signature=[])
    def settings(self) -> tf.Tensor:
        """Returns the other attributes of `TaughtClasses` as JSON, string []."""
        return tf.constant(self._settings)

    def _classify_one(self, images: tf.Tensor) -> Answer:
        """Does what LiteRT can: no text, no checks, and an image at a time.

        An image that is not in [0, 1] shows: its probabilities are NaN.
        """
        is_image = tf.reduce_all((images >= 0.0) & (images <= 1.0))
        answer = self.base.answer_one(self._task_memory, images)
        probabilities, similarity = (
            tf.where(is_image, answer[name], np.nan)
            for name in ("probabilities", "max_similarity")
        )
        found = verdict(self.base, images, similarity, self._threshold)
        found["is_blank"] &= is_image
        return {"probabilities": probabilities, **found}


def read_taught(loaded: Any) -> TaughtClasses | None:
    """Returns what a loaded SavedModel was taught; None if it was not taught."""
    if not hasattr(loaded, "base"):
        return None
    examples, settings = loaded.examples(), json.loads(loaded.settings().numpy())
    return TaughtClasses(
        images=examples["images"].numpy(),
        labels=examples["labels"].numpy(),
        names=tuple(settings["names"]),
        ink=settings["ink"],
        threshold=settings["threshold"],
    )


def _threshold(base: ExportedModule, classes: TaughtClasses) -> float | None:
    if classes.threshold is not None:
        return classes.threshold
    n_way, num_support = len(classes.names), len(classes.labels)
    return threshold_for(read_rejections(base), n_way, num_support / n_way)


def encode_name(name: str) -> bytes:
    """Returns a class name as UTF-8; bytes of a file's name stay as they are.

    Raises:
        InputError: if it has halves of characters, which are no text.
    """
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise InputError(
            f"A class name must be text. Received: {name!a}, which has half a "
            "character. Rename the class."
        ) from error


def class_list(names: Sequence[str]) -> bytes:
    """Returns the content of a file with a class name on each line.

    Raises:
        InputError: if a name has a line break.
    """
    for name in names:
        if len(name.splitlines()) > 1 or "\n" in name or "\r" in name:
            raise InputError(
                "A class name must not have a line break where names are listed line "
                f"by line. Received: {name!a}. Rename the class, or leave --litert out."
            )
    return b"".join(encode_name(name) + b"\n" for name in names)

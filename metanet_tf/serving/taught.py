"""Classes that were taught, as an ordinary classifier of pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

_PICTURES = tf.TensorSpec([None], tf.string, name="pictures")
# Sizes stay open: a declared size is trusted, and not checked, by a server.
_IMAGES = tf.TensorSpec([None, None, None, None], tf.float32, name="images")


class TaughtClassifier(tf.Module):
    """Names pictures by classes that it was taught when it was made.

    Like those of `Classifier`, its functions need no project code.

    Args:
        functions: a `Classifier`, or a SavedModel of one.
        support_images: float32 [S, H, W, C] in [0, 1]; ink 1, paper 0.
        support_labels: int32 [S] in [0, N).
        class_names: N names, by label.
        ink: of pictures: "detect", "dark" or "light".

    Attributes:
        untaught: `functions`, which can be taught other classes.
        class_names: N names, by label.
        dtype: what the network computes in.
    """

    def __init__(
        self,
        functions: Any,
        support_images: np.ndarray,
        support_labels: np.ndarray,
        class_names: Sequence[str],
        ink: str = "detect",
    ) -> None:
        super().__init__(name="taught_classifier")
        self.untaught = functions
        self.class_names = tuple(class_names)
        self._ink = ink
        memory = functions.adapt(support_images, support_labels)
        # A plain number, since LiteRT must know all shapes.
        self._task_memory = memory._replace(n_way=len(class_names))
        self.dtype = memory.memory_keys.dtype
        one_image = tf.TensorSpec([1, *support_images.shape[1:]], tf.float32, "images")
        self.classify_one = tf.function(self._classify_one, input_signature=[one_image])

    @tf.function(input_signature=[_PICTURES])
    def classify_pictures(self, pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies picture files of any size.

        Args:
            pictures: string [B], contents of PNG, JPEG, WebP or BMP files.

        Returns:
            As `classify_images`.

        Raises:
            tf.errors.InvalidArgumentError: if a file is damaged or no picture.
        """
        return self.classify_images(self.untaught.prepare(pictures, self._ink))

    @tf.function(input_signature=[_IMAGES])
    def classify_images(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies images that were prepared as in training.

        Args:
            images: float32 [B, H, W, C] in [0, 1], ink 1 and paper 0.

        Returns:
            Of the most probable class, `class`, string [B], and `probability`,
            float32 [B]; of all, `class_names`, string [B, N], and `probabilities`,
            float32 [B, N]; and `familiarity`, float32 [B] in [-1, 1]. All have a row
            for each image, as TensorFlow Serving's rows need it.

        Raises:
            tf.errors.InvalidArgumentError: if an argument is not as said above.
        """
        memory = self._task_memory
        probabilities = self.untaught.answer(memory, images)["probabilities"]
        names = tf.constant(self.class_names)
        return {
            "class": tf.gather(names, tf.argmax(probabilities, axis=-1)),
            "probability": tf.reduce_max(probabilities, axis=-1),
            "class_names": tf.repeat(names[tf.newaxis], tf.shape(images)[0], axis=0),
            "probabilities": probabilities,
            "familiarity": self.untaught.familiarity(memory, images),
        }

    def _classify_one(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """What LiteRT can do: no text, no checks, and an image at a time."""
        return self.untaught.answer_at_once(self._task_memory, images)

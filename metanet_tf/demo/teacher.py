"""Teaches a network what a page sends, and asks it."""

import functools
from typing import Any

from metanet_tf.demo.lesson import Lesson
from metanet_tf.demo.start import Start
from metanet_tf.errors import InputError
from metanet_tf.one_shot.classifier import OneShotClassifier
from metanet_tf.one_shot.loaded_model import load_model

_KEPT = 16  # Lessons that are not taught again; bounds memory.


class Teacher:
    """Answers about drawings; safe to use from several threads.

    Args:
        model: see `OneShotClassifier`.

    Raises:
        InputError: if the model cannot be used.
    """

    def __init__(self, model: str) -> None:
        load_model(model)
        self._model = model
        self.taught = functools.lru_cache(maxsize=_KEPT)(self._teach)

    def answer(self, lesson: Lesson, drawing: bytes) -> dict[str, Any]:
        """Names a drawing.

        Args:
            lesson: the classes.
            drawing: content of a PNG file.

        Returns:
            `class`: name of the most probable one; `probabilities`: of the classes
            in the lesson's order; `attention`: for each class the weights of its
            examples; `familiar`: whether the drawing looks like any of them, None
            where the model has no threshold.

        Raises:
            InputError: if a picture is damaged or is in two classes.
        """
        classifier = self.taught(lesson)
        names = classifier.classes_.tolist()
        probabilities = classifier.predict_proba([drawing])[0].tolist()
        return {
            "class": names[probabilities.index(max(probabilities))],
            "probabilities": [probabilities[names.index(name)] for name, _ in lesson],
            "attention": _by_class(classifier, lesson, drawing),
            "familiar": _is_familiar(classifier, drawing),
        }

    def check(self, start: Start) -> None:
        """Raises InputError if a picture cannot be read or is in two classes."""
        if start.paths:
            OneShotClassifier(self._model).fit(list(start.paths), list(start.names))

    def _teach(self, lesson: Lesson) -> OneShotClassifier:
        pictures = [picture for taught in lesson for picture in taught.examples]
        names = [taught.name for taught in lesson for _ in taught.examples]
        return OneShotClassifier(self._model).fit(pictures, names)


def _by_class(
    classifier: OneShotClassifier, lesson: Lesson, drawing: bytes
) -> list[list[float]]:
    # A class's examples keep their order in the support set.
    weights = classifier.attention([drawing])[0]
    classes = classifier.support_.classes
    return [weights[classes == name].tolist() for name, _ in lesson]


def _is_familiar(classifier: OneShotClassifier, drawing: bytes) -> bool | None:
    try:
        threshold = classifier.rejection_threshold()
    except InputError:
        return None
    return bool(classifier.max_similarity([drawing])[0] >= threshold)

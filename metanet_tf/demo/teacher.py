"""Teaches a network what a page sends, and asks it."""

import functools
import pathlib
from typing import Any, NamedTuple

import numpy as np

from metanet_tf.demo.initial_classes import InitialClasses
from metanet_tf.demo.review import BLANK, Note, review
from metanet_tf.demo.strokes import draw_strokes
from metanet_tf.demo.support_set import MIN_CLASSES, SupportSet, TaughtClass
from metanet_tf.one_shot.classifier import OneShotClassifier
from metanet_tf.one_shot.loaded_model import load_model
from metanet_tf.one_shot.pictures import Prepared
from metanet_tf.utils.errors import InputError

_KEPT = 16  # Support sets that are not taught again; bounds memory.
_KEPT_PICTURES = 256
_TWINS = "The same picture is in two classes: their cards say which."
_TOO_FEW = "It takes examples of two classes or more that are not blank."


class Taught(NamedTuple):
    """Result of teaching a support set.

    Attributes:
        notes: on its examples.
        remark: why nothing can be asked; None if it can.
        classifier: knows the examples that are not blank; None if nothing can be
            asked.
    """

    notes: list[Note]
    remark: str | None = None
    classifier: OneShotClassifier | None = None


class Teacher:
    """Answers about pictures; safe to use from several threads.

    Args:
        model: see `OneShotClassifier`.

    Attributes:
        is_of_photographs: whether the model is; else it is of drawings.

    Raises:
        InputError: if the model cannot be used.
    """

    def __init__(self, model: str) -> None:
        self.is_of_photographs = not load_model(model).is_ink
        self._model = model
        self._prepared = functools.lru_cache(maxsize=_KEPT_PICTURES)(self._prepare)
        self.taught = functools.lru_cache(maxsize=_KEPT)(self._teach)
        self._warm_up()

    def answer(self, support_set: SupportSet, drawing: bytes | None) -> dict[str, Any]:
        """Names a drawing.

        Args:
            support_set: the classes.
            drawing: content of a picture file; None: the classes are checked and
                taught alone, so that the next answer is quick.

        Returns:
            `notes`: each [class index, example index, text]; `remark`: why there is
            no verdict, or None; `verdict`: see `_verdict`, or None.

        Raises:
            InputError: if a picture is damaged.
        """
        taught = self.taught(support_set)
        query = None if drawing is None else self._prepared(drawing)
        verdict, remark = None, taught.remark
        if query is not None and query.is_blank.all():
            remark = BLANK
        elif query is not None and taught.classifier is not None:
            verdict = self._verdict(support_set, taught.classifier, query)
        return {"notes": taught.notes, "remark": remark, "verdict": verdict}

    def export(self, support_set: SupportSet, export_dir: pathlib.Path) -> None:
        """Writes a SavedModel that knows the classes.

        Raises:
            InputError: if they cannot be taught, or a picture is damaged.
        """
        taught = self.taught(support_set)
        if taught.classifier is None:
            raise InputError(str(taught.remark))
        taught.classifier.export(export_dir)

    def check(self, initial: InitialClasses) -> None:
        """Raises InputError if a picture cannot be read or is in two classes."""
        if initial.paths:
            classifier = OneShotClassifier(self._model)
            classifier.fit(list(initial.paths), list(initial.names))

    def _prepare(self, picture: bytes) -> Prepared:
        return OneShotClassifier(self._model).prepare([picture])

    def _teach(self, support_set: SupportSet) -> Taught:
        notes = review(
            [name for name, _ in support_set],
            [list(map(self._prepared, examples)) for _, examples in support_set],
        )
        images, names = self._examples(support_set)
        if len(set(names)) < MIN_CLASSES:
            return Taught(notes, _TOO_FEW)
        if any(note.text != BLANK for note in notes):
            return Taught(notes, _TWINS)
        none_is_blank = np.zeros(len(names), bool)
        prepared = Prepared(
            np.stack(images), names, np.arange(len(names)), none_is_blank
        )
        return Taught(
            notes, classifier=OneShotClassifier(self._model).fit(prepared, names)
        )

    def _examples(self, support_set: SupportSet) -> tuple[list[np.ndarray], list[str]]:
        """Returns prepared images of all examples that are not blank, and names."""
        pairs = [
            (self._prepared(example).images[0], name)
            for name, examples in support_set
            for example in examples
            if not self._is_blank(example)
        ]
        return [image for image, _ in pairs], [name for _, name in pairs]

    def _verdict(
        self, support_set: SupportSet, classifier: OneShotClassifier, query: Prepared
    ) -> dict[str, Any]:
        """Answers about a drawing.

        Returns:
            `class`: name of the most probable one; `probabilities`: of the classes;
            `attention`: for each class the weights of its examples; `is_known`:
            whether the drawing looks like any of them, None where the model has no
            threshold; `max_similarity`: to an example, in [-1, 1]. A probability or
            weight of what is blank is None.
        """
        answer = classifier.answer(query)
        probabilities = answer.probabilities[0].tolist()
        shares = dict(zip(classifier.classes_.tolist(), probabilities, strict=True))
        classes, weights = classifier.support_.classes, answer.attention_weights[0]
        return {
            "class": str(answer.classes[0]),
            "probabilities": [shares.get(name) for name, _ in support_set],
            "attention": [
                # A class's examples keep their order in the support set.
                self._at_examples(taught, weights[classes == taught.name])
                for taught in support_set
            ],
            "is_known": None if answer.is_known is None else bool(answer.is_known[0]),
            "max_similarity": float(answer.max_similarity[0]),
        }

    def _at_examples(
        self, taught: TaughtClass, weights: np.ndarray
    ) -> list[float | None]:
        """Puts weights of a class's examples where they are not blank."""
        rest = iter(weights.tolist())
        return [None if self._is_blank(e) else next(rest) for e in taught.examples]

    def _is_blank(self, picture: bytes) -> bool:
        return bool(self._prepared(picture).is_blank[0])

    def _warm_up(self) -> None:
        """Has TensorFlow make its graphs, so that no first answer waits for them."""
        lines = [((100, 100, 900, 900),), ((100, 900, 900, 100),)]
        pictures = list(map(draw_strokes, lines))
        classes = (TaughtClass(str(i), (p,)) for i, p in enumerate(pictures))
        self.answer(tuple(classes), pictures[0])

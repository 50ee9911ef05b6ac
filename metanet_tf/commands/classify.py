"""Names pictures by examples of your own classes, without training.

    classify --model=NAME|RUN|EXPORT --support_dir=my_classes picture.png ...
    classify --model=NAME|RUN|EXPORT --support_dir=my_classes --watch=inbox
    classify --model=models/mine picture.png ...

my_classes/ holds a picture, or a folder of pictures, for each class: PNG, JPEG, WebP,
BMP and others, of any size, dark on light or light on dark. The third line is for an
export of taught classes, which needs no examples. A folder in place of a picture
stands for the pictures in it and in its folders; files that are no pictures are passed
over. ^C ends --watch.

A picture that looks like no example is "none of these", where the model has a
threshold or one is given. A picture that cannot be read is named on stderr, the
others are named all the same, and the exit code is 1.

Flags:
"""

import contextlib
import itertools
import json
import os
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from metanet_tf.commands import command
from metanet_tf.commands.teaching import read_examples, teach, warnings_as_lines
from metanet_tf.config import ClassifyConfig
from metanet_tf.data.pictures.folders import find_pictures, printable
from metanet_tf.model_source import TRAINED, find_model
from metanet_tf.one_shot.folder_watcher import FolderWatcher
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import from_flags

if TYPE_CHECKING:
    from metanet_tf.data.pictures import PictureError
    from metanet_tf.one_shot.classifier import OneShotClassifier

NONE_OF_THESE = "none of these"
ROW = "{:<{width}}  {:<16} {:>11}{}"
NARROWEST = 28  # Letters in the column of pictures.
AT_ONCE = 256  # Pictures that are answered together.
FEW = 32  # Pictures that are answered sooner than TensorFlow's graphs are made.
SOME_UNREADABLE = 1
_MILLION = 1_000_000

Answer = dict[str, Any]


def main() -> None:
    """Entry point of `bin/classify` and `metanet-classify`."""
    command.run(
        lambda pictures: classify(from_flags(ClassifyConfig), pictures),
        [ClassifyConfig],
        __doc__,
        takes_arguments=True,
    )


def classify(config: ClassifyConfig, pictures: Sequence[str]) -> int:
    """Names `pictures`, and those that arrive where `config` says.

    Returns:
        The exit code: 1 if a picture could not be read, else 0.

    Raises:
        InputError: if the model or the examples cannot be used, or there are no
            pictures; nothing is printed then.
    """
    with warnings_as_lines():
        paths, examples = _find(config, pictures)
        if find_model(config.model).kind in TRAINED and examples is None:
            raise _no_classes(config.model)
        # Before anything that takes time, in which pictures may arrive.
        watcher = FolderWatcher(config.watch) if config.watch else None
        # TensorFlow takes seconds to import: only once the files are found.
        with command.quiet_import():
            from metanet_tf.one_shot.classifier import OneShotClassifier  # noqa: F401
        count = len(paths) + len(examples[0] if examples else [])
        with _without_graphs(count <= FEW and watcher is None):
            naming = _Naming(_teach(config, examples), config)
            naming.name(paths)
        if watcher is not None:
            naming.watch(watcher)
    return naming.finish()


class _Naming:
    """Names pictures, a few at a time, and counts how that went.

    Args:
        classifier: taught.
        config: how to show the answers.
    """

    def __init__(self, classifier: "OneShotClassifier", config: ClassifyConfig) -> None:
        self._classifier, self._config = classifier, config
        self._width = NARROWEST
        self._pictures = self._unreadable = 0
        self._is_right: list[bool] = []

    def name(self, paths: Sequence[pathlib.Path]) -> None:
        """Names pictures; those that cannot be read are told of on stderr."""
        self._width = max([NARROWEST, *(len(printable(path)) for path in paths)])
        if paths and not self._config.json and not self._config.watch:
            print(ROW.format("picture", "is a", "probability", "", width=self._width))
        for chunk in _chunks(paths):
            answers = self._answers(chunk)
            self._show(answers)
            self._count_right(answers)

    def watch(self, watcher: FolderWatcher) -> None:
        """Names pictures as they arrive, until ^C."""
        print(f"Watching {self._config.watch}; ^C ends.", file=sys.stderr, flush=True)
        try:
            for path in watcher:
                self._show(self._answers([path]))
        except KeyboardInterrupt:
            pass  # That is how it is meant to end.

    def finish(self) -> int:
        """Prints a summary and returns the exit code."""
        if self._is_right and not self._config.json:
            print(
                f"{sum(self._is_right)} of {len(self._is_right)} pictures of known "
                "class are named right."
            )
        if not self._unreadable:
            return 0
        print(
            f"{self._unreadable} of {self._pictures} pictures could not be read.",
            file=sys.stderr,
        )
        return SOME_UNREADABLE

    def _answers(self, paths: Sequence[pathlib.Path]) -> list[Answer]:
        """Returns what is printed of each picture, by its JSON names."""
        errors: list[PictureError] = []
        prepared = self._classifier.prepare(paths, unreadable=errors.append)
        answers: list[Answer] = [{} for _ in paths]
        for place, answer in zip(prepared.places, self._named(prepared), strict=True):
            answers[place] = answer
        reasons = {error.name: str(error) for error in errors}
        self._pictures += len(paths)
        self._unreadable += len(errors)
        return [
            answer or {"picture": str(path), "error": reasons[str(path)]}
            for path, answer in zip(paths, answers, strict=True)
        ]

    def _named(self, prepared: Any) -> Iterator[Answer]:
        from metanet_tf.one_shot.answers import best_classes

        if not prepared.names:
            return
        found, classes = self._classifier.answer(prepared), self._classifier.classes_
        top = best_classes(found.probabilities, classes, self._config.top)
        for index, picture in enumerate(prepared.names):
            is_known = None if found.is_known is None else bool(found.is_known[index])
            is_rejected = self._config.reject and is_known is False
            ranking = zip(top.names[index], top.probabilities[index], strict=True)
            yield {
                "picture": picture,
                "class": None if is_rejected else str(found.classes[index]),
                "probability": _rounded(top.probabilities[index, 0]),
                "max_similarity": _rounded(found.max_similarity[index]),
                "is_known": is_known,
                "is_blank": bool(found.is_blank[index]),
                "top": [
                    {"class": str(name), "probability": _rounded(share)}
                    for name, share in ranking
                ],
            }

    def _show(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            if self._config.json:
                print(json.dumps(answer), flush=True)
            elif "error" not in answer:
                print(_row(answer, self._width), flush=True)
            if "error" in answer:
                print(answer["error"], file=sys.stderr, flush=True)

    def _count_right(self, answers: Sequence[Answer]) -> None:
        """Counts the right answers where a picture's folder tells its class."""
        classes = set(map(str, self._classifier.classes_))
        for answer in answers:
            name = pathlib.Path(answer["picture"]).parent.name
            if name in classes and "error" not in answer:
                self._is_right.append(answer["class"] == name)


@contextlib.contextmanager
def _without_graphs(are_few: bool) -> Iterator[None]:
    """Computes one operation after the other where graphs would take longer to make.

    The answers differ by rounding alone.
    """
    import tensorflow as tf

    kept = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(are_few)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(kept)


def _find(
    config: ClassifyConfig, pictures: Sequence[str]
) -> tuple[list[pathlib.Path], tuple[list[pathlib.Path], list[str]] | None]:
    """Returns the pictures to be named, and the examples with their classes."""
    if not pictures and not config.watch:
        raise InputError(
            "There must be pictures to name. Received: none. Give their files, or a "
            "folder to --watch."
        )
    examples = read_examples(config.support_dir) if config.support_dir else None
    if "" in pictures:
        raise InputError(
            "A picture must be a file or a folder. Received: an empty name. Leave it "
            "out, or set the variable that it comes from."
        )
    given = [pathlib.Path(os.path.expanduser(name)) for name in pictures]
    # What holds no pictures stays, and is named with those that cannot be read.
    found = ((path.is_dir() and find_pictures(path)) or [path] for path in given)
    paths = list(itertools.chain.from_iterable(found))
    if paths and not any(path.is_file() for path in paths):
        what = "an empty folder" if paths[0].is_dir() else "no such file"
        raise InputError(
            "A picture must be a file, or a folder that holds some. Received: "
            f"{printable(paths[0])}, {what}. Correct its name or leave it out."
        )
    return paths, examples


def _teach(
    config: ClassifyConfig, examples: tuple[list[pathlib.Path], list[str]] | None
) -> "OneShotClassifier":
    from metanet_tf.one_shot.classifier import OneShotClassifier
    from metanet_tf.one_shot.loaded_model import load_model

    settings: dict[str, Any] = {"max_pixels": int(config.max_megapixels * _MILLION)}
    if config.threshold is not None:
        settings["threshold"] = config.threshold
    if examples is not None:
        classifier = OneShotClassifier(config.model, ink=config.ink, **settings)
        skip_unreadable = config.skip_unreadable
        return teach(classifier, *examples, skip_unreadable=skip_unreadable)
    if load_model(config.model).taught is None:
        raise _no_classes(config.model)
    if config.ink != "detect":
        settings["ink"] = config.ink
    return OneShotClassifier.from_saved_model(config.model, **settings)


def _no_classes(model: str) -> InputError:
    return InputError(
        "`support_dir` must be a folder of examples, unless `model` is an export of "
        f"taught classes. Received: nothing, and {model}, which knows no classes. "
        "Give --support_dir."
    )


def _row(answer: Answer, width: int) -> str:
    """Returns a line: the picture's file, its class, how surely, and the next."""
    picture = printable(answer["picture"])
    return ROW.format(picture, *_columns(answer), width=width).rstrip()


def _columns(answer: Answer) -> tuple[str, str, str]:
    """Returns the class, its probability, and what else is to be said."""
    blank = "  blank" if answer["is_blank"] else ""
    best, *others = answer["top"]
    if answer["class"] is None:  # Among classes that it is none of, nothing is sure.
        nearest = f"{printable(best['class'])}, similarity"
        notes = f"{blank}  nearest: {nearest} {answer['max_similarity']:.2f}"
        return NONE_OF_THESE, "", notes
    further = "".join(
        f"  {printable(other['class'])} {other['probability']:.2f}" for other in others
    )
    return printable(best["class"]), f"{best['probability']:.2f}", blank + further


def _chunks(paths: Sequence[pathlib.Path]) -> Iterator[list[pathlib.Path]]:
    for start in range(0, len(paths), AT_ONCE):
        yield list(paths[start : start + AT_ONCE])


def _rounded(value: Any) -> float:
    return round(float(value), 4)

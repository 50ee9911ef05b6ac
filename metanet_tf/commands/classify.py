"""Names pictures by examples of your own classes, without training.

    classify --model=NAME_OR_FOLDER --support_dir=my_classes picture.png ...
    classify --model=NAME_OR_FOLDER --support_dir=my_classes --watch=inbox

my_classes/ holds a picture, or a folder of pictures, for each class: PNG, JPEG, WebP
or BMP, of any size, dark on light or light on dark. A folder in place of a picture
stands for the pictures in it and in its folders. ^C ends --watch.

Flags:
"""

import json
import pathlib
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from metanet_tf.commands import command
from metanet_tf.config import ClassifyConfig
from metanet_tf.errors import InputError
from metanet_tf.flag_settings import from_flags
from metanet_tf.one_shot.arrivals import Arrivals
from metanet_tf.one_shot.support_folder import is_picture, read_support_folder

if TYPE_CHECKING:
    from metanet_tf.one_shot.classifier import OneShotClassifier

NONE_OF_THESE = "none of these"
ROW = "{:<{width}}  {:<16} {:>11}{}"

Answer = dict[str, Any]


def main() -> None:
    """Entry point of `bin/classify` and `metanet-classify`."""
    command.run(
        lambda pictures: classify(from_flags(ClassifyConfig), pictures),
        [ClassifyConfig],
        __doc__,
        takes_arguments=True,
    )


def classify(config: ClassifyConfig, pictures: Sequence[str]) -> None:
    """Names `pictures`, and those that arrive where `config` says.

    Raises:
        InputError: if the model, the examples or a picture cannot be used; nothing
            is printed then.
    """
    _check(config, pictures)
    paths = list(_find(pictures))
    # Before anything that takes time, in which pictures may arrive.
    arrivals = Arrivals(config.watch) if config.watch else None

    # TensorFlow takes seconds to import: only once the files are found.
    with command.quiet_import():
        from metanet_tf.one_shot.classifier import OneShotClassifier
    classifier = OneShotClassifier(
        config.model,
        ink=config.ink,
        reject=config.reject,
        threshold=config.threshold or None,
    ).fit(config.support_dir)
    if config.reject:
        classifier.rejection_threshold()  # Raises where there is none.
    if paths:
        answers = _answers(classifier, paths, config.top)
        _show(answers, config)
        if not config.json:
            _print_score(answers, set(map(str, classifier.classes_)))
    if arrivals is not None:
        _watch(classifier, arrivals, config)


def _check(config: ClassifyConfig, pictures: Sequence[str]) -> None:
    if not config.support_dir:
        raise InputError(
            "`support_dir` must be a folder of examples. Received: nothing. Give "
            "--support_dir."
        )
    if not pictures and not config.watch:
        raise InputError(
            "There must be pictures to name. Received: none. Give their files, or a "
            "folder to --watch."
        )
    read_support_folder(config.support_dir)


def _find(pictures: Sequence[str]) -> Iterator[pathlib.Path]:
    for name in pictures:
        path = pathlib.Path(name).expanduser()
        found = sorted(filter(is_picture, path.rglob("*"))) if path.is_dir() else [path]
        if not found or not found[0].is_file():
            raise InputError(
                "A picture must be a file, or a folder that holds some. Received: "
                f"{name}. Correct its name or leave it out."
            )
        yield from found


def _watch(
    classifier: "OneShotClassifier", arrivals: Arrivals, config: ClassifyConfig
) -> None:
    """Names pictures as they arrive; those that cannot be read are named as such."""
    print(f"Watching {config.watch}; ^C ends.", file=sys.stderr, flush=True)
    try:
        for path in arrivals:
            try:
                _show(_answers(classifier, [path], config.top), config)
            except InputError as error:
                print(error, file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        pass  # That is how it is meant to end.


def _answers(
    classifier: "OneShotClassifier", paths: Sequence[pathlib.Path], top: int
) -> list[Answer]:
    """What is printed of each picture, by its JSON names."""
    names, probabilities = classifier.top_k(paths, min(top, len(classifier.classes_)))
    familiarities = classifier.familiarity(paths)
    threshold = classifier.rejection_threshold() if classifier.reject else -1.0
    return [
        {
            "picture": str(path),
            "class": str(named[0]) if familiarity >= threshold else None,
            "probability": round(float(shares[0]), 4),
            "familiarity": round(float(familiarity), 4),
            "top": [
                {"class": str(name), "probability": round(float(share), 4)}
                for name, share in zip(named, shares, strict=True)
            ],
        }
        for path, named, shares, familiarity in zip(
            paths, names, probabilities, familiarities, strict=True
        )
    ]


def _show(answers: Sequence[Answer], config: ClassifyConfig) -> None:
    if config.json:
        for answer in answers:
            print(json.dumps(answer), flush=True)
    else:
        _print_table(answers, with_heading=not config.watch)


def _print_table(answers: Sequence[Answer], *, with_heading: bool) -> None:
    """One line a picture: its file, its class, how surely, and further classes."""
    width = max(28, *(len(answer["picture"]) for answer in answers))
    if with_heading:
        print(ROW.format("picture", "is a", "probability", "", width=width))
    for answer in answers:
        name = answer["class"] or NONE_OF_THESE
        further = "".join(
            f"  {other['class']} {other['probability']:.2f}"
            for other in answer["top"][1:]
        )
        probability = f"{answer['probability']:.2f}"
        row = ROW.format(answer["picture"], name, probability, further, width=width)
        print(row, flush=True)


def _print_score(answers: Sequence[Answer], classes: Collection[str]) -> None:
    """Counts the right answers where a picture's folder tells its class."""
    folders = [pathlib.Path(answer["picture"]).parent.name for answer in answers]
    is_right = [
        answer["class"] == name
        for answer, name in zip(answers, folders, strict=True)
        if name in classes
    ]
    if is_right:
        print(
            f"{sum(is_right)} of {len(is_right)} pictures of known class are named "
            "right."
        )

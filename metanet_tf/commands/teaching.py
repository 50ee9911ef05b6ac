"""Teaches the examples in a folder; says what a command passes over or leaves out."""

import contextlib
import pathlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from metanet_tf.data.pictures.folders import printable
from metanet_tf.one_shot.support_folder import read_support_folder
from metanet_tf.utils.errors import InputError

if TYPE_CHECKING:
    from metanet_tf.data.pictures import PictureError
    from metanet_tf.one_shot.classifier import OneShotClassifier


def read_examples(folder: str) -> tuple[list[pathlib.Path], list[str]]:
    """Finds the examples in a folder; see `read_support_folder`.

    Raises:
        InputError: also if they are of less than two classes, which is known before
            TensorFlow is imported.
    """
    paths, names = read_support_folder(folder)
    classes = sorted(set(names))
    if len(classes) < 2:
        found = f"one class, {printable(classes[0])}" if classes else "none"
        raise InputError(
            "`support_dir` must hold examples of two classes or more. Received: "
            f"{folder}, with {found}. Add a picture, or a folder of pictures, for each "
            "class."
        )
    return paths, names


def teach(
    classifier: "OneShotClassifier",
    paths: Sequence[pathlib.Path],
    names: Sequence[str],
    *,
    skip_unreadable: bool,
) -> "OneShotClassifier":
    """Teaches examples, and names those that cannot be read.

    Args:
        classifier: is taught.
        paths: of the examples.
        names: class of each.
        skip_unreadable: whether those that cannot be read are left out.

    Raises:
        InputError: if some cannot be read and are not to be left out, or a class has
            no other.
    """
    errors: list[PictureError] = []
    prepared = classifier.prepare(paths, unreadable=errors.append)
    kept = [names[place] for place in prepared.places]
    lost = sorted(set(names) - set(kept))
    if errors and (lost or not skip_unreadable):
        raise InputError(_message(errors, len(paths), lost))
    for error in errors:
        print(f"Left out. {error}", file=sys.stderr)
    return classifier.fit(prepared, kept)


@contextlib.contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Prints each warning as a line on stderr, without where in the code it arose."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(
            message, file=sys.stderr, flush=True
        )
        yield


def _message(errors: Sequence["PictureError"], count: int, lost: Sequence[str]) -> str:
    if lost:
        remedy = (
            f"No picture of {printable(lost[0])} is left, even with "
            "--skip_unreadable. Add one."
        )
    else:
        remedy = "Replace them, or leave them out with --skip_unreadable."
    reasons = "\n".join(map(str, errors))
    return (
        "Every example must be a picture that can be read. Received: "
        f"{len(errors)} of {count} that cannot.\n{reasons}\n{remedy}"
    )

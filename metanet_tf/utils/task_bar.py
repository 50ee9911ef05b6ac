"""A bar that counts tasks, and how often any bar is drawn."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from tqdm import tqdm

_SECONDS_IN_A_FILE = 30.0  # A bar cannot be drawn over itself there.
_SECONDS = 0.3


def drawing_seconds() -> float:
    """Returns how long a bar on stderr stays before it is drawn anew."""
    return _SECONDS if sys.stderr.isatty() else _SECONDS_IN_A_FILE


@contextlib.contextmanager
def task_bar(
    description: str, tasks: int, is_shown: bool = True
) -> Iterator[Callable[[], object]]:
    """Shows on stderr how many tasks are done and how long the others take.

    A terminal's bar goes once all is done.

    Args:
        description: stands before the bar.
        tasks: how many there are.
        is_shown: False for nothing at all.

    Yields:
        What to call after each task.
    """
    with tqdm(
        total=tasks,
        desc=description,
        unit=" tasks",
        disable=not is_shown,
        dynamic_ncols=True,
        mininterval=drawing_seconds(),
        leave=not sys.stderr.isatty(),
    ) as bar:
        yield bar.update

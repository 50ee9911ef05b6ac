"""Handlers of signals for a while."""

import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator


@contextlib.contextmanager
def answered_by(
    handler: Callable[[int, object], None], numbers: Iterable[int]
) -> Iterator[None]:
    """Has `handler` answer the signals for a while; earlier handlers come back."""
    previous = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in previous.items():
            signal.signal(number, earlier)

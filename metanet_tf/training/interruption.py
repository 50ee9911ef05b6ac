"""^C and SIGTERM, answered between two training steps instead of at once."""

import contextlib
import dataclasses
import signal
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):
    """A run was stopped by a signal; what it had reached is saved.

    Attributes:
        signal_number: SIGINT or SIGTERM.
    """

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.signal_number = signal_number


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turns ^C into `Interrupted` where all that was reached is saved already."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(
            "Stopped. The same command does what is left.", signal.SIGINT
        ) from None


@dataclasses.dataclass
class Interruption:
    """The signal that came; None so far."""

    signal_number: int | None = None


@contextlib.contextmanager
def deferred_signals() -> Iterator[Interruption]:
    """Notes the first signal for the caller to act on; a second one acts at once."""
    interruption = Interruption()
    previous = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def note(number: int, _frame: object) -> None:
        interruption.signal_number = number
        restore()

    for number in SIGNALS:
        signal.signal(number, note)
    try:
        yield interruption
    finally:
        restore()

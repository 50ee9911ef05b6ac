"""^C, SIGTERM and SIGHUP, answered between two training steps, not at once."""

import contextlib
import dataclasses
import signal
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A run was stopped by a signal; what it had reached is saved.

    No `Exception`, as `KeyboardInterrupt` is none: TensorFlow makes others of those
    that are raised while it traces a function.

    Attributes:
        signal_number: one of `SIGNALS`.
    """

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.signal_number = signal_number


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Lets a signal raise `Interrupted` where all that was reached is saved already."""

    def stop(number: int, _frame: object) -> None:
        raise Interrupted("Stopped. The same command does what is left.", number)

    with _answered_by(stop):
        yield


@dataclasses.dataclass
class Interruption:
    """The signal that came; None so far."""

    signal_number: int | None = None


@contextlib.contextmanager
def deferred_signals() -> Iterator[Interruption]:
    """Notes the first signal for the caller to act on; a second one acts at once."""
    interruption = Interruption()
    with contextlib.ExitStack() as handlers:

        def note(number: int, _frame: object) -> None:
            interruption.signal_number = number
            handlers.close()

        handlers.enter_context(_answered_by(note))
        yield interruption


@contextlib.contextmanager
def _answered_by(handler: Callable[[int, object], None]) -> Iterator[None]:
    """Has `handler` answer the signals for a while; earlier handlers come back.

    A SIGHUP that is ignored, by nohup for example, stays ignored.
    """
    keeps_on = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    heard = [x for x in SIGNALS if not (keeps_on and x == signal.SIGHUP)]
    previous = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, earlier in previous.items():
            signal.signal(number, earlier)

"""^C, SIGTERM and SIGHUP, answered between two training steps, not at once."""

import contextlib
import dataclasses
import signal
from collections.abc import Iterator

from metanet_tf.utils.signals import answered_by

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

    with answered_by(stop, _heard()):
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

        handlers.enter_context(answered_by(note, _heard()))
        yield interruption


def _heard() -> list[int]:
    """Returns the signals; a SIGHUP that is ignored, as by nohup, stays ignored."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return [number for number in SIGNALS if number != signal.SIGHUP]
    return list(SIGNALS)

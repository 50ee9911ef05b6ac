"""Memory of this process, in bytes."""

import contextlib
import pathlib
import resource
import sys

_PROCESS = pathlib.Path("/proc/self")  # Linux alone has it


def peak_memory() -> int:
    """Most memory that was resident since `reset_peak`, or since the start.

    TensorFlow keeps memory that it has once taken: what was done before counts too.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def reset_peak() -> None:
    """Makes `peak_memory` begin anew, where the system has a way to."""
    with contextlib.suppress(OSError):
        (_PROCESS / "clear_refs").write_text("5")


def current_memory() -> int | None:
    """Resident memory; None where the system does not tell."""
    try:
        pages = int((_PROCESS / "statm").read_text().split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize()

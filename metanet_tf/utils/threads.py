"""Number of TensorFlow's threads."""

import os


def num_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def choose_threads(split_operations: bool = False) -> None:
    """Says how many threads TensorFlow gives to one operation.

    With b on images a step has many operations that do not wait for each other, most
    too small to share out: on two cores it takes a quarter less time with one thread
    for each. With b on representations they wait in line. Only before TensorFlow is
    imported; what the user has set is kept.

    Source: BUILD_NOTES.md, "Threads".

    Args:
        split_operations: whether all cores work on one operation, instead of a quarter.
    """
    threads = num_cores() if split_operations else max(1, num_cores() // 4)
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))

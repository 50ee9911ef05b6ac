"""Number of TensorFlow's threads."""

import os


def num_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def prefer_parallel_operations() -> None:
    """Lets TensorFlow run several operations at once rather than split each.

    A step has many independent operations, most too small to share out: on two cores
    it takes a quarter less time with one thread for each. Only before TensorFlow is
    imported; what the user has set is kept.

    Source: BUILD_NOTES.md, "Threads".
    """
    threads = max(1, num_cores() // 4)
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))

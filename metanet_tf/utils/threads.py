"""Number of TensorFlow's threads, and work that is shared out among them."""

import collections
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_INTRAOP = "TF_NUM_INTRAOP_THREADS"


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
    os.environ.setdefault(_INTRAOP, str(threads))


def num_at_once() -> int:
    """Calls of a TensorFlow function that keep all cores busy when made at once."""
    threads = int(os.environ.get(_INTRAOP) or 0) or num_cores()
    return max(1, num_cores() // threads)


def map_at_once(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Yields function(item) in order, computed for `num_at_once` items at a time.

    Args:
        function: is called in other threads.
        items: few are taken ahead of what has been yielded.
    """
    count = num_at_once()
    pending: collections.deque[Future[Result]] = collections.deque()
    with ThreadPoolExecutor(count) as pool:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) > count:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

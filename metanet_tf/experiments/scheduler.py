"""Does one job after another and says how long it will take."""

import collections
import sys
from collections.abc import Callable, Sequence

from metanet_tf.experiments.jobs import Job

_Durations = dict[type, list[float]]


def work_through(jobs: Sequence[Job], after_each: Callable[[], None]) -> None:
    """Does the jobs that are not done, in their order.

    Args:
        jobs: all jobs of an experiment.
        after_each: called when one of them has been done.
    """
    pending = [job for job in jobs if not job.is_done()]
    durations: _Durations = collections.defaultdict(list)
    for job in jobs:
        if job not in pending:
            _note(job, durations)
    for index, job in enumerate(pending):
        if job.is_done():  # By now: it turned out that there is nothing to do.
            continue
        number = len(jobs) - len(pending) + index + 1
        left = _time(*seconds_left(pending[index:], durations))
        print(
            f"[{number}/{len(jobs)}] {job.title}; {left}", file=sys.stderr, flush=True
        )
        job.do()
        _note(job, durations)
        after_each()


def seconds_left(pending: Sequence[Job], durations: _Durations) -> tuple[float, bool]:
    """Least number of seconds that the jobs will take; True if that is all.

    Args:
        pending: what is to be done.
        durations: by kind of job, how long others took. A job that cannot tell takes
            as long as they did on average; without them it is left out.
    """
    known = [job.seconds() or _mean(durations.get(type(job), [])) for job in pending]
    return sum(filter(None, known)), None not in known


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _note(job: Job, durations: _Durations) -> None:
    seconds = job.seconds()
    if seconds is not None:
        durations[type(job)].append(seconds)


def _time(seconds: float, is_all: bool) -> str:
    if not seconds:
        return "time left unknown so far"
    minutes = seconds / 60
    if seconds < 90:
        time = f"{seconds:.0f} s"
    elif minutes < 90:
        time = f"{minutes:.0f} min"
    else:
        time = f"{minutes / 60:.1f} h"
    return f"{'about' if is_all else 'more than'} {time} left"

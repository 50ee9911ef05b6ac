"""Measures memory in the course of training."""

import dataclasses

from metanet_tf.speed.benchmark_case import BenchmarkCase
from metanet_tf.speed.process_memory import current_memory
from metanet_tf.speed.workload import Workload
from metanet_tf.utils.errors import InputError

_SAMPLES = 10


@dataclasses.dataclass(frozen=True)
class MemoryCourse:
    """Resident memory of the process during training.

    Attributes:
        case: of the task and the model.
        steps: at which it was read, at ten even intervals.
        memory: bytes at each.
        traces: how often the step was traced.
    """

    case: BenchmarkCase
    steps: list[int]
    memory: list[int]
    traces: int


def measure_memory_course(workload: Workload, steps: int) -> MemoryCourse:
    """Trains for `steps`, rounded up to a multiple of ten, and reads the memory.

    Raises:
        InputError: if this system does not tell the memory of a process.
    """
    interval = -(-steps // _SAMPLES)
    memory = []
    for _ in range(_SAMPLES):
        for _ in range(interval):
            workload.train_step(next(workload.batches))
        memory.append(_memory(steps))
    read_at = [interval * (index + 1) for index in range(_SAMPLES)]
    return MemoryCourse(workload.case, read_at, memory, workload.train_step.num_traces)


def _memory(steps: int) -> int:
    memory = current_memory()
    if memory is None:
        raise InputError(
            "`memory_steps` needs /proc to read memory from, which is not here. "
            f"Received: {steps}. Leave out --memory_steps."
        )
    return memory

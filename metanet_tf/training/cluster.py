"""The workers of a run, as the environment names them."""

import dataclasses
import json
import os

from metanet_tf.utils.errors import InputError

_JOBS = ("chief", "worker")  # In the order of their workers.


class WorkerLost(Exception):
    """Another worker has ended before the run did, or cannot be reached any more."""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The workers of a run and which of them this process is.

    Attributes:
        addresses: host:port of each worker; the first is the chief's.
        index: of this process, in [0, len(addresses)).
    """

    addresses: list[str]
    index: int


def find_cluster() -> Cluster:
    """Reads from the environment, TF_CONFIG or that of Slurm, who the workers are.

    Raises:
        InputError: if it does not say so.
    """
    if "TF_CONFIG" in os.environ:
        return _cluster_of_tf_config(os.environ["TF_CONFIG"])
    if "SLURM_PROCID" in os.environ:
        return _cluster_of_slurm()
    raise InputError(
        "--strategy=multi_worker needs the environment variable TF_CONFIG, or those "
        "that srun sets. Received: none of them. Set TF_CONFIG on every machine, as in "
        "docs/several_machines.md, or leave out --strategy."
    )


def _cluster_of_tf_config(text: str) -> Cluster:
    try:
        given = json.loads(text)
        jobs, task = given["cluster"], given["task"]
        unknown = set(jobs) - {*_JOBS}
        addresses = {job: list(jobs.get(job, [])) for job in _JOBS}
        own = addresses[task["type"]][int(task["index"])]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _bad_tf_config(text) from error
    everyone = [address for job in _JOBS for address in addresses[job]]
    if unknown or len({*everyone}) < len(everyone) or int(task["index"]) < 0:
        raise _bad_tf_config(text)
    return Cluster(everyone, everyone.index(own))


def _bad_tf_config(text: str) -> InputError:
    return InputError(
        "TF_CONFIG must name the address of each worker, and which of them this "
        'process is, such as {"cluster": {"worker": ["a:9000", "b:9000"]}, "task": '
        f'{{"type": "worker", "index": 0}}}}. Received: {text}. Change TF_CONFIG.'
    )


def _cluster_of_slurm() -> Cluster:
    import tensorflow as tf  # Only here: it takes seconds.

    try:
        # Apart from other jobs on the same nodes.
        port = 12000 + int(os.environ["SLURM_JOB_ID"]) % 20000
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            port_base=port,
            # Slurm itself gives GPUs to the tasks, if there are any.
            gpus_per_node=1024,
            gpus_per_task=1,
            auto_set_gpu=False,
        )
        addresses = resolver.cluster_spec().job_tasks("worker")
        # It sorts nodes by name, n10 before n2, and Slurm's ranks do not.
        local = port + int(os.environ["SLURM_LOCALID"])
        return Cluster(
            addresses, addresses.index(f"{os.environ['SLURMD_NODENAME']}:{local}")
        )
    except (RuntimeError, ValueError, KeyError) as error:
        raise InputError(
            "--strategy=multi_worker in a job of Slurm needs the variables that srun "
            f"sets for each task. Received: {error!r}. Start bin/train with srun, as "
            "in docs/several_machines.md, or set TF_CONFIG."
        ) from error

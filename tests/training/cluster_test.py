import json

import pytest

from metanet_tf.training.cluster import find_cluster
from metanet_tf.utils.errors import InputError

SLURM = {  # Of the third of three tasks, on nodes whose names sort otherwise.
    "SLURM_PROCID": "2",
    "SLURM_LOCALID": "0",
    "SLURM_JOB_ID": "40007",
    "SLURM_STEP_NUM_TASKS": "3",
    "SLURM_STEP_NODELIST": "n[2,10]",
    "SLURM_STEP_TASKS_PER_NODE": "2,1",
    "SLURMD_NODENAME": "n10",
}


@pytest.fixture
def set_environment(monkeypatch):
    for name in ("TF_CONFIG", *SLURM):
        monkeypatch.delenv(name, raising=False)

    def set_environment(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_environment


def _tf_config(cluster, kind, index):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


def test_workers_of_tf_config_come_in_their_order(set_environment):
    cluster = {"worker": ["a:1", "b:1", "c:1"]}
    set_environment(TF_CONFIG=_tf_config(cluster, "worker", 1))
    assert find_cluster().addresses == ["a:1", "b:1", "c:1"]
    assert find_cluster().index == 1


@pytest.mark.parametrize(
    ("kind", "index", "place"), [("chief", 0, 0), ("worker", 0, 1)]
)
def test_chief_of_tf_config_is_the_first(set_environment, kind, index, place):
    cluster = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    set_environment(TF_CONFIG=_tf_config(cluster, kind, index), **SLURM)
    assert find_cluster().addresses == ["a:1", "b:1", "c:1"]
    assert find_cluster().index == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        _tf_config({"worker": ["a:1"]}, "worker", 1),
        _tf_config({"worker": ["a:1"]}, "worker", -1),
        _tf_config({"worker": ["a:1"]}, "worker", "one"),
        _tf_config({"worker": ["a:1"]}, "chief", 0),
        _tf_config({"worker": ["a:1", "a:1"]}, "worker", 0),
        _tf_config({"worker": ["a:1"], "ps": ["b:1"]}, "worker", 0),
    ],
)
def test_tf_config_that_does_not_name_the_workers_is_bad_input(set_environment, text):
    set_environment(TF_CONFIG=text)
    with pytest.raises(InputError, match="TF_CONFIG must name .*Change TF_CONFIG"):
        find_cluster()


@pytest.mark.parametrize(
    ("node", "local", "own"),
    [("n10", "0", "n10:12007"), ("n2", "0", "n2:12007"), ("n2", "1", "n2:12008")],
)
def test_task_of_slurm_finds_its_own_address(set_environment, node, local, own):
    set_environment(**SLURM | {"SLURMD_NODENAME": node, "SLURM_LOCALID": local})
    cluster = find_cluster()
    assert sorted(cluster.addresses) == ["n10:12007", "n2:12007", "n2:12008"]
    assert cluster.addresses[cluster.index] == own


def test_job_of_slurm_without_srun_is_bad_input(set_environment):
    set_environment(**{k: v for k, v in SLURM.items() if "STEP" not in k})
    with pytest.raises(InputError, match="SLURM_STEP_NUM_TASKS.*with srun"):
        find_cluster()


def test_neither_environment_is_bad_input(set_environment):
    set_environment()
    with pytest.raises(InputError, match="needs .*TF_CONFIG.*Received: none of them"):
        find_cluster()

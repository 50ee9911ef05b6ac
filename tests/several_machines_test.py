"""The files of examples/several_machines are in order, as far as one machine shows."""

import json
import pathlib
import shutil
import subprocess

import pytest
import yaml

from metanet_tf.config import run_config_from_file

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = REPOSITORY / "examples" / "several_machines"
SCRIPT = EXAMPLES / "train.sbatch"
# Stands for the command: tells what it is given.
TELLS = 'metanet-train() { printf \'%s\\n\' "$TF_CONFIG" "$@"; }\n'
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="No bash.")


@pytest.fixture
def jobset():
    return yaml.safe_load((EXAMPLES / "jobset.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def job(jobset):
    (replicated,) = jobset["spec"]["replicatedJobs"]
    return replicated["template"]["spec"]


def _bash(text, environment=None):
    command = ["bash", "-euc", text]
    environment = {"PATH": "/usr/bin:/bin"} | (environment or {})
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    )
    return ran.stdout.splitlines()


def _check_flags(lines, tmp_path):
    """Checks that the flags of a command are those of a run."""
    flags = [line for line in lines if not line.startswith("--flagfile=")]
    assert all(flag.startswith("--") for flag in flags)
    file = tmp_path / "flags.txt"
    file.write_text("\n".join(flags))
    config = run_config_from_file(file)
    assert config.training.strategy == "multi_worker"
    assert config.training.episodes_per_step == 4


@needs_bash
@pytest.mark.parametrize("index", [0, 3])
def test_pods_name_each_other(jobset, job, tmp_path, index):
    assert jobset["kind"] == "JobSet"
    assert job["parallelism"] == job["completions"] == 4
    (container,) = job["template"]["spec"]["containers"]
    environment = {x["name"]: x["value"] for x in container["env"]}
    (text,) = container["args"]
    text = TELLS + text.replace("exec ", "")
    tf_config, *flags = _bash(text, environment | {"JOB_COMPLETION_INDEX": str(index)})
    name = f"{jobset['metadata']['name']}-worker-0"
    assert json.loads(tf_config) == {
        "cluster": {"worker": [f"{name}-{n}.metanet:9000" for n in range(4)]},
        "task": {"type": "worker", "index": index},
    }
    assert container["ports"] == [{"containerPort": 9000}]
    _check_flags(flags, tmp_path)


def test_pods_start_again_unless_it_would_fail_again(jobset, job):
    (rule,) = job["podFailurePolicy"]["rules"]
    (container,) = job["template"]["spec"]["containers"]
    assert rule["onExitCodes"] == {
        "containerName": container["name"],
        "operator": "In",
        "values": [2, 3],
    }
    assert job["backoffLimit"] == 0
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    assert jobset["spec"]["failurePolicy"]["maxRestarts"] > 0


@needs_bash
def test_script_of_slurm_is_bash():
    subprocess.run(["bash", "-n", SCRIPT], check=True)


@needs_bash
@pytest.mark.parametrize(
    ("codes", "starts", "ends_with"),
    [("0", 1, 0), ("2", 1, 2), ("3", 1, 3), ("75 137 0", 3, 0), ("1 1 1 1 1 1", 5, 1)],
)
def test_script_of_slurm_starts_again_after_a_loss(tmp_path, codes, starts, ends_with):
    log = tmp_path / "log"
    stand_in = (
        f"codes=({codes}); n=0\n"
        f'srun() {{ echo "$@" >> {log}; n=$((n + 1)); return ${{codes[n - 1]}}; }}\n'
    )
    ran = subprocess.run(
        ["bash", "-c", stand_in + SCRIPT.read_text(encoding="utf-8")],
        env={"PATH": "/usr/bin:/bin", "SLURM_NNODES": "4"},
        stdout=subprocess.DEVNULL,
    )
    assert ran.returncode == ends_with
    lines = log.read_text().splitlines()
    assert len(lines) == starts
    name, *flags = lines[0].split()
    assert name == "metanet-train"
    _check_flags(flags, tmp_path)


@needs_bash
def test_script_of_slurm_takes_another_turn_when_its_time_is_over():
    stand_in = 'srun() { return 143; }\nscontrol() { echo "$@"; }\n'
    text = stand_in + SCRIPT.read_text(encoding="utf-8")
    ran = subprocess.run(
        ["bash", "-c", text],
        env={"PATH": "/usr/bin:/bin", "SLURM_NNODES": "4", "SLURM_JOB_ID": "7"},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (0, "requeue 7\n")

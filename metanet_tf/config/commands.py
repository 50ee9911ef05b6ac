"""The settings of the commands that do not train."""

import dataclasses
from typing import Any

from metanet_tf.config.data import MAX_SEED
from metanet_tf.config.model import MAX_TTA_VIEWS
from metanet_tf.utils.flag_settings import CheckedConfig, setting

INKS = ("detect", "dark", "light")
_DAY = 86400.0  # Seconds.


# Settings of several commands: every dataclass needs a field of its own.
def _model(kinds: str, default: str = "") -> Any:
    precedence = (
        "A word that is a pretrained model's name means that model; ./WORD is a folder."
    )
    return setting(default, f"{kinds} {precedence}", path=True)


_TRAINED = "Name or folder of a pretrained model, or folder of a run."
_EXPORTED = (
    "folder of an export, or of numbered exports, of which the highest is taken."
)
_ANY_MODEL = f"Name or folder of a pretrained model, folder of a run, {_EXPORTED}"


def _data_dir() -> Any:
    return setting(
        "", "Folder of TFDS data. Empty: the one used in training.", path=True
    )


def _token() -> Any:
    return setting(
        "",
        "Secret that requests must send, as Authorization: Bearer TOKEN, or a browser "
        "once as ?token=TOKEN; letters, digits and . _ ~ -. Empty: none is needed.",
    )


def _allowed_hosts() -> Any:
    return setting(
        "",
        "Further host names that requests may use, such as that of a proxy, "
        "comma-separated. This machine's own are always allowed.",
    )


def _skip_unreadable() -> Any:
    return setting(
        False, "Leave out examples that cannot be read, as long as a class has others."
    )


@dataclasses.dataclass(frozen=True)
class ReplayConfig(CheckedConfig):
    """Settings of bin/train when it does not train."""

    replay: str = setting(
        "",
        "File not_finite-NUMBER.npz of a run: the step whose loss or gradient was not "
        "finite is made again and shown. Empty: train.",
        path=True,
    )


@dataclasses.dataclass(frozen=True)
class EvaluationConfig(CheckedConfig):
    """Settings of bin/evaluate: a trained model and the tasks to test it on."""

    model: str = _model(_TRAINED)
    data_dir: str = _data_dir()
    dataset: str = setting(
        "",
        "Data set whose classes are tested, such as mnist; see bin/train. Empty: the "
        "one used in training.",
    )
    n_way: str = setting(
        "",
        "Classes per task (N in N-way), comma-separated. Empty: as in training.",
        formerly="ways",
    )
    k_shot: int | None = setting(
        None,
        "Support images per class (K in K-shot), >= 1. Not given: as in training.",
        kind=int,
        minimum=1,
        formerly="shots",
    )
    queries_per_class: int | None = setting(
        None,
        "Query images per class, >= 1. Not given: as in training.",
        kind=int,
        minimum=1,
    )
    within_group: bool = setting(
        False,
        "Draw all classes of a task from one group, of Omniglot from one alphabet; "
        "each of them equally often.",
    )
    episodes: int = setting(400, "Tasks per number of ways, >= 2.", minimum=2)
    split: str = setting(
        "test", "Classes to use: test or validation.", choices=("test", "validation")
    )
    seed: int = setting(
        0,
        "Seed of the tasks, in [0, 2**63); training's final test has 0.",
        minimum=0,
        maximum=MAX_SEED,
    )
    tta_views: int | None = setting(
        None,
        "Views of an image for test-time augmentation, of the kind that the model's "
        "settings say; in [1, 9] if moved, [1, 10] if cropped. Not given: as they say.",
        kind=int,
        minimum=1,
        maximum=max(MAX_TTA_VIEWS.values()),
    )
    picture: str = setting(
        "", "PNG file for a picture of the first task. Empty: no picture.", path=True
    )


@dataclasses.dataclass(frozen=True)
class ExportConfig(CheckedConfig):
    """Settings of bin/export: a trained model, classes to teach it, and a folder."""

    model: str = _model(
        f"{_TRAINED} With --support_dir, an export, or numbered exports, too."
    )
    support_dir: str = setting(
        "",
        "Folder of examples: a picture, or a folder of pictures, for each class. The "
        "SavedModel then names these classes. Empty: it is taught by each request.",
        path=True,
    )
    ink: str = setting(
        "detect",
        "Ink of the pictures in --support_dir: dark or light, compared with the paper; "
        "detect: found for each picture.",
        choices=INKS,
    )
    skip_unreadable: bool = _skip_unreadable()
    litert: bool = setting(
        False, "Write a LiteRT (TFLite) file, too, with --support_dir."
    )
    export_dir: str = setting(
        "",
        "Folder of the SavedModel; with --support_dir, of its versions 1, 2, .... "
        "Empty: export/ in the folder of a run, without --support_dir.",
        path=True,
    )


@dataclasses.dataclass(frozen=True)
class PublishConfig(CheckedConfig):
    """Settings of bin/publish: a run, and the tasks for its model card."""

    model: str = _model("Folder of a finished run.")
    name: str = setting("", "Name of the pretrained model, such as omniglot.")
    pretrained_dir: str = setting(
        "",
        "Folder for the folder of that name. Empty: the package's own.",
        path=True,
    )
    data_dir: str = _data_dir()
    tasks: str = setting(
        "2x1,3x1,4x1,5x1,10x1,20x1,50x1,100x1,2x5,5x5,20x5",
        "Sizes of task, NxK for N-way K-shot, comma-separated. Accuracy is measured "
        "for each that there are enough test classes and pictures for, and a threshold "
        "is chosen where there are 2 N validation and test classes.",
    )
    episodes: int = setting(400, "Tasks per size for the accuracy, >= 2.", minimum=2)
    calibration_episodes: int = setting(
        100, "Tasks per size for thresholds and temperature, >= 2.", minimum=2
    )
    seed: int = setting(
        0, "Seed of the tasks, in [0, 2**63).", minimum=0, maximum=MAX_SEED
    )
    licence: str = setting(
        "not stated", "Licence of the weights, for the card, such as Apache-2.0."
    )
    significant_bits: int = setting(
        24,
        "Significant bits that are kept of every weight, in [8, 24]. 24: all; 12: the "
        "file is a third smaller. The card is of what is kept.",
        minimum=8,
        maximum=24,
    )
    overwrite: bool = setting(False, "Replace a model of that name.")


@dataclasses.dataclass(frozen=True)
class ClassifyConfig(CheckedConfig):
    """Settings of bin/classify: a model, examples, and the form of the answer."""

    model: str = _model(_ANY_MODEL, "omniglot")
    support_dir: str = setting(
        "",
        "Folder of examples: a picture, or a folder of pictures, for each class. "
        "Empty: the classes that --model was exported with.",
        path=True,
    )
    watch: str = setting(
        "", "Folder; name pictures as they arrive in it, until ^C.", path=True
    )
    ink: str = setting(
        "detect",
        "Ink of the pictures: dark or light, compared with the paper; detect: found "
        "for each picture.",
        choices=INKS,
    )
    top: int = setting(1, "Most probable classes to show, >= 1.", minimum=1)
    reject: bool = setting(
        True,
        "Say so where a picture looks like none of the classes, if the model has a "
        "threshold or one is given.",
    )
    threshold: float | None = setting(
        None,
        "Largest cosine to an example (`max_similarity`) below which a picture is none "
        "of the classes, in [-1, 1]. Not given: the model's own.",
        kind=float,
        minimum=-1.0,
        maximum=1.0,
    )
    skip_unreadable: bool = _skip_unreadable()
    max_megapixels: float = setting(
        64.0,
        "Largest width times height of a picture, millions of pixels, >= 0.001.",
        minimum=0.001,
    )
    json: bool = setting(False, "Print a line of JSON for each picture.")


@dataclasses.dataclass(frozen=True)
class DemoConfig(CheckedConfig):
    """Settings of bin/demo: the model and the address of the page to draw on."""

    model: str = _model(_ANY_MODEL, "omniglot")
    support_dir: str = setting(
        "",
        "Folder of examples that a new page begins with: a picture, or a folder of "
        "pictures, for each class. Empty: none.",
        path=True,
    )
    host: str = setting(
        "127.0.0.1",
        "Address to listen at: 127.0.0.1, this machine alone; 0.0.0.0, all networks.",
    )
    port: int = setting(
        8080,
        "Port to listen at, in [0, 65535]; 0: any that is free.",
        minimum=0,
        maximum=65535,
    )
    token: str = _token()
    allowed_hosts: str = _allowed_hosts()


@dataclasses.dataclass(frozen=True)
class ServeConfig(CheckedConfig):
    """Settings of bin/serve: a model, an address, and limits for requests."""

    model: str = _model(
        f"{_EXPORTED.capitalize()} A higher number that comes later is taken up."
    )
    name: str = setting("metanet", "Name of the model in the server's paths.")
    host: str = setting(
        "127.0.0.1", "Address to listen at; 0.0.0.0: at all of the machine's."
    )
    port: int = setting(
        8501, "Port; 0: any that is free, in [0, 65535].", minimum=0, maximum=65535
    )
    grpc_port: int | None = setting(
        None,
        "Port for gRPC, too; 0: any that is free, in [0, 65535]. Not given: none.",
        kind=int,
        minimum=0,
        maximum=65535,
    )
    token: str = _token()
    allowed_hosts: str = _allowed_hosts()
    label: str = setting(
        "stable", "Label of the version that is served, in paths with /labels/."
    )
    cors_origin: str = setting(
        "",
        "Origins whose pages may ask, comma-separated, such as https://example.com; "
        "*: all. Empty: none.",
    )
    workers: int = setting(
        1, "Processes, each with the model, in [1, 256].", minimum=1, maximum=256
    )
    threads: int = setting(
        2,
        "Requests that a worker computes at a time, in [1, 256].",
        minimum=1,
        maximum=256,
    )
    max_in_flight: int = setting(
        32,
        "Limit of concurrent requests for each worker, >= 1; replies 503 beyond it.",
        minimum=1,
    )
    max_body_mib: float = setting(
        16.0,
        "Limit of the size of a request, MiB, in [0.001, 2047].",
        minimum=0.001,
        maximum=2047.0,  # gRPC counts bytes with 31 bits.
    )
    max_pictures: int = setting(64, "Limit of pictures in a request, >= 1.", minimum=1)
    max_megapixels: float = setting(
        16.0,
        "Limit of a request's pictures together, millions of pixels, >= 0.001.",
        minimum=0.001,
    )
    timeout_seconds: float = setting(
        30.0,
        "Limit of the time for a request, seconds, in [0.1, 86400].",
        minimum=0.1,
        maximum=_DAY,
    )
    poll_seconds: float = setting(
        2.0,
        "Seconds between two checks for a newer version, in [0.1, 86400].",
        minimum=0.1,
        maximum=_DAY,
    )


@dataclasses.dataclass(frozen=True)
class TaskConfig(CheckedConfig):
    """Settings of bin/draw_task: a task of unseen classes, and a folder."""

    model: str = _model(_TRAINED)
    task_dir: str = setting(
        "",
        "Folder for the task's pictures. Empty: task/ in the folder of a run.",
        path=True,
    )
    data_dir: str = _data_dir()
    seed: int = setting(
        1, "Seed of the task, in [0, 2**63).", minimum=0, maximum=MAX_SEED
    )


@dataclasses.dataclass(frozen=True)
class InspectConfig(CheckedConfig):
    """Settings of bin/inspect_data beside those of the data."""

    out: str = setting(
        "", "Folder for a sheet of images of each part. Empty: no sheets.", path=True
    )
    max_bits: int | None = setting(
        4,
        "Two images look the same if their perceptual hashes differ in at most this "
        "many of 64 bits, in [0, 31]; off: do not look for such images.",
        none="off",
        minimum=0,
        maximum=31,
    )


@dataclasses.dataclass(frozen=True)
class BenchmarkConfig(CheckedConfig):
    """Settings of bin/benchmark."""

    n_way: str = setting(
        "5,20", "Classes per task (N in N-way), comma-separated.", formerly="ways"
    )
    queries: str = setting(
        "5,10",
        "Query images per class, comma-separated. The table of parts is for the first "
        "number; so is the plain reference, with the first number of ways.",
    )
    augmented: str = setting(
        "3,all",
        "Augmented layers, comma-separated, each in place of --augmented_layers, such "
        "as 3,all.",
    )
    repeats: int = setting(
        50, "Timed runs of which the median counts, >= 3.", minimum=3
    )
    seconds: float = setting(
        2.0,
        "Limit of the time for one measurement: fewer runs are made, at least 3, where "
        "--repeats would take longer.",
        minimum=0.0,
    )
    reference: bool = setting(
        True, "Time a plain reference of the same mathematics and compare with it."
    )
    curve: bool = setting(
        False, "Measure time and memory for 5, 10, 20, 50 and 100 ways."
    )
    saved_model: bool = setting(False, "Time the exported SavedModel.")
    first_step: bool = setting(
        False, "Time a training command in a new process to its first step."
    )
    memory_steps: int | None = setting(
        None,
        "Training steps over which to watch memory, >= 1. Not given: none.",
        kind=int,
        minimum=1,
    )
    json: str = setting("", "JSON file for all figures. Empty: no file.", path=True)


@dataclasses.dataclass(frozen=True)
class ExperimentConfig(CheckedConfig):
    """Settings of bin/experiment: a table or figure of the paper, and its runs."""

    name: str = setting(
        "table1",
        "Table or figure of the paper: table1, table3, table4, figure3, figure4 or "
        "figure5.",
        choices=("table1", "table3", "table4", "figure3", "figure4", "figure5"),
    )
    out: str = setting(
        "", "Folder for the results. Empty: experiments/ and --name.", path=True
    )
    runs_dir: str = setting(
        "experiments/runs",
        "Folder for the runs; experiments with the same one share them.",
        path=True,
    )
    train_dirs: str = setting(
        "",
        "Folders of finished runs to use instead of training, comma-separated. Their "
        "settings tell what each is used for.",
    )
    preset: str = setting(
        "paper_omniglot",
        "Preset or flag file with all settings of a run but those that the experiment "
        "itself decides.",
        path=True,
    )
    data_dir: str = setting(
        "", "Folder of TFDS data. Empty: the one in --preset.", path=True
    )
    budget_minutes: float | None = setting(
        None,
        "Minutes of training, > 0, shared out evenly over the runs that are missing. "
        "Not given: each as long as --preset says.",
        kind=float,
        minimum=1e-6,
    )
    n_way: str = setting(
        "",
        "Classes per training task (N in N-way), comma-separated; one number for a "
        "figure. Empty: 5,10,15,20 for tables, 5 for figures 3 and 4, 10 for figure 5.",
        formerly="ways",
    )
    episodes: int = setting(400, "Tasks per accuracy, >= 2.", minimum=2)
    repeats: int = setting(
        5, "Training runs on MNIST, each with a seed of its own, >= 1.", minimum=1
    )
    mnist_tasks: int = setting(
        7600, "Training tasks of each run on MNIST, >= 1.", minimum=1
    )
    mnist_every: int = setting(
        400, "Training tasks on MNIST between two tests, >= 1.", minimum=1
    )

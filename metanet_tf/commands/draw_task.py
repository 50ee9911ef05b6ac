"""Draws a task of classes that a model was not trained on, as PNG files.

    draw_task --model=runs/glyphs --task_dir=runs/glyphs/task
    draw_task --model=NAME --data_dir=FOLDER --task_dir=task

Pictures of dark ink on white paper, or photographs, go into support/<class>/, which
`bin/classify` takes as --support_dir, and query/<class>/. An earlier task in --task_dir
is replaced.

Flags:
"""

import pathlib
import re

import numpy as np

from metanet_tf.commands import command
from metanet_tf.config import TaskConfig
from metanet_tf.model_source import Kind, ModelSource, find_trained
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import new_folder
from metanet_tf.utils.flag_settings import from_flags

_PICTURE = re.compile(r"(support|query)/class\d+/\d+\.png")


def main() -> None:
    """Entry point of `bin/draw_task` and `metanet-draw_task`."""
    command.run(lambda: draw_task(from_flags(TaskConfig)), [TaskConfig], __doc__)


def draw_task(config: TaskConfig) -> None:
    """Writes the first task of `config.seed`, of the size trained on.

    Raises:
        InputError: if there is no such model, its data are not there, or `task_dir`
            is not given or holds something else than an earlier task.
        OSError: if `task_dir` cannot be written.
    """
    source = find_trained(config.model)
    task_dir = _task_dir(config, source)
    _check_replaceable(task_dir)

    # TensorFlow takes seconds to import: only once the settings are found good.
    with command.quiet_import():
        from metanet_tf.commands.chosen_model import chosen_settings
        from metanet_tf.data import load_dataset
        from metanet_tf.data.episodes import episode_dataset
    run = chosen_settings(source)
    classes = load_dataset(run.data.found_at(config.data_dir)).test
    tasks = episode_dataset(classes, run.episode, seed=config.seed)
    episode = next(tasks.as_numpy_iterator())
    support, query = episode.support_images, episode.query_images
    if run.data.is_ink:  # Which is 1, and dark on paper.
        support, query = 1.0 - support, 1.0 - query
    with new_folder(task_dir) as task:
        _write(task / "support", support, episode.support_labels)
        _write(task / "query", query, episode.query_labels)
    print(f"{task_dir} holds a task of {run.episode.n_way} unseen classes.")


def _task_dir(config: TaskConfig, source: ModelSource) -> pathlib.Path:
    if config.task_dir:
        return pathlib.Path(config.task_dir)
    if source.kind is not Kind.RUN:
        raise InputError(
            "`task_dir` must be given with a pretrained model. Received: nothing. Give "
            "--task_dir."
        )
    return source.folder / "task"


def _check_replaceable(task_dir: pathlib.Path) -> None:
    files = [path for path in task_dir.rglob("*") if not path.is_dir()]
    names = [path.relative_to(task_dir).as_posix() for path in files]
    if task_dir.is_file() or not all(map(_PICTURE.fullmatch, names)):
        raise InputError(
            "`task_dir` must be new, empty or an earlier task. Received: "
            f"{task_dir}, which holds something else. Choose another --task_dir."
        )


def _write(folder: pathlib.Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Writes images, float32 [n, H, W, C], white 1, as <class>/<number>.png."""
    for label in np.unique(labels):
        class_folder = folder / f"class{label}"
        class_folder.mkdir(parents=True)
        for number, image in enumerate(images[labels == label]):
            pixels = np.round(255.0 * image).astype(np.uint8)
            (class_folder / f"{number}.png").write_bytes(_png(pixels))


def _png(image: np.ndarray) -> bytes:
    import tensorflow as tf

    return tf.io.encode_png(image).numpy()

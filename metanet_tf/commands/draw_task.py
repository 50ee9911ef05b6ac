"""Draws a task of classes that a run has not seen, as PNG files.

    draw_task --train_dir=runs/glyphs --task_dir=runs/glyphs/task

Pictures of dark ink on white paper go into support/<class>/ and query/<class>/,
where `bin/classify` looks for them.

Flags:
"""

import dataclasses
import pathlib

import numpy as np

from metanet_tf.commands import command
from metanet_tf.config import TaskConfig, from_flags
from metanet_tf.training.run_folder import RunFolder


def main() -> None:
    """Entry point of `bin/draw_task`."""
    command.run(lambda: draw_task(from_flags(TaskConfig)), [TaskConfig], __doc__)


def draw_task(config: TaskConfig) -> None:
    """Writes the first task of `config.seed`, of the size trained on.

    Raises:
        InputError: if `train_dir` holds no run, or its data are not there.
        OSError: if `task_dir` cannot be written.
    """
    folder = RunFolder(config.train_dir)
    run = folder.read_config()

    # TensorFlow takes seconds to import: only once the settings are found good.
    with command.quiet_import():
        from metanet_tf.datasets import load_dataset
        from metanet_tf.episodes import episode_dataset
    data_dir = config.data_dir or run.data.data_dir
    classes = load_dataset(dataclasses.replace(run.data, data_dir=data_dir)).test
    tasks = episode_dataset(classes, run.episode, seed=config.seed)
    episode = next(tasks.as_numpy_iterator())
    task_dir = pathlib.Path(config.task_dir or folder.path / "task")
    _write(task_dir / "support", episode.support_images, episode.support_labels)
    _write(task_dir / "query", episode.query_images, episode.query_labels)
    print(f"{task_dir} holds a task of {run.episode.n_way} unseen classes.")


def _write(folder: pathlib.Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Writes the images, float32 [n, H, W, 1] with ink 1, as <class>/<number>.png."""
    for label in np.unique(labels):
        class_folder = folder / f"class{label}"
        class_folder.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(images[labels == label]):
            paper = np.round(255.0 * (1.0 - image)).astype(np.uint8)
            (class_folder / f"{number}.png").write_bytes(_png(paper))


def _png(image: np.ndarray) -> bytes:
    import tensorflow as tf

    return tf.io.encode_png(image).numpy()

#!/usr/bin/env python3
"""Draws tasks from a set of ten million images that lie in a file.

    python benchmarks/large_set.py
    python benchmarks/large_set.py --classes=1000 --images_per_class=100

The file has a place for every image and takes next to no disk: it is sparse, but for
the images of the first classes, which have been written. Beside it, tasks are drawn in
the same way from as many classes in memory, which share the images of these first ones.
Printed are the seconds from opening the set to its first task, the memory that this
took, and the tasks a second.

Flags:
"""

import dataclasses
import pathlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator

import numpy as np

from metanet_tf.commands import command
from metanet_tf.config import EpisodeConfig
from metanet_tf.data.cache import open_mapped
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting

with command.quiet_import():
    from metanet_tf.data.episodes import Episode, episode_dataset
    from metanet_tf.speed.machine import peak_memory, reset_peak

ROW = "{:<10} {:>10} {:>12} {:>14}"
MIB = 2**20


@dataclasses.dataclass(frozen=True)
class LargeSetConfig(CheckedConfig):
    """Settings: a set and the tasks drawn from it."""

    classes: int = setting(100_000, "Classes, >= 2.", minimum=2)
    images_per_class: int = setting(100, "Images of each, >= 2.", minimum=2)
    written_classes: int = setting(
        1000, "Classes whose images are written, and kept in memory, >= 2.", minimum=2
    )
    image_size: int = setting(28, "Height and width of an image, >= 8.", minimum=8)
    channels: int = setting(3, "Channels of an image.", choices=(1, 3))
    n_way: int = setting(20, "Classes per task, >= 2.", minimum=2)
    queries_per_class: int = setting(5, "Queries per class, >= 1.", minimum=1)
    tasks: int = setting(1000, "Tasks that are timed, >= 1.", minimum=1)
    repeats: int = setting(5, "Times that they are, in turn, >= 1.", minimum=1)
    folder: str = setting("", "Folder for the file. Empty: a temporary one.", path=True)


@dataclasses.dataclass(frozen=True)
class Measurement:
    """Figures of one set.

    Attributes:
        start_seconds: from opening it to its first task.
        memory: bytes that this took at most.
        tasks_per_second: median over the repeats.
    """

    start_seconds: float
    memory: int
    tasks_per_second: float


def write_images(path: pathlib.Path, config: LargeSetConfig) -> None:
    """Makes the file, with random images of the first classes."""
    side = config.image_size
    shape = (config.classes * config.images_per_class, side, side, config.channels)
    images = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    generator = np.random.default_rng(0)
    written = min(config.written_classes, config.classes)
    for first in range(0, written * config.images_per_class, config.images_per_class):
        some = images[first : first + config.images_per_class]
        some[:] = generator.integers(0, 256, some.shape, np.uint8)
    images.flush()


def open_file(path: pathlib.Path, config: LargeSetConfig) -> ImageClasses:
    """Opens all of the images in the file."""
    sizes = np.full(config.classes, config.images_per_class, np.int32)
    starts = np.arange(config.classes) * config.images_per_class
    return _classes(open_mapped(path), sizes, starts)


def open_in_memory(path: pathlib.Path, config: LargeSetConfig) -> ImageClasses:
    """Reads the images of the first classes, which all classes share."""
    written = min(config.written_classes, config.classes)
    images = np.load(path, mmap_mode="r")[: written * config.images_per_class]
    sizes = np.full(config.classes, config.images_per_class, np.int32)
    starts = np.arange(config.classes) % written * config.images_per_class
    return _classes(np.array(images), sizes, starts)


def _classes(images: np.ndarray, sizes: np.ndarray, starts: np.ndarray) -> ImageClasses:
    names = tuple(map(str, range(len(sizes))))
    return ImageClasses(images, sizes, names, starts=starts)


def measure(path: pathlib.Path, config: LargeSetConfig) -> dict[str, Measurement]:
    """Measures both ways, in turn."""
    some = dataclasses.replace(config, classes=config.n_way, written_classes=2)
    _start(lambda: open_in_memory(path, some), some)  # TensorFlow's own start.
    started = {
        "file": _start(lambda: open_file(path, config), config),
        "memory": _start(lambda: open_in_memory(path, config), config),
    }
    speeds: dict[str, list[float]] = {name: [] for name in started}
    for _ in range(config.repeats):
        for name, (tasks, _, _) in started.items():
            begin = time.perf_counter()
            for _ in range(config.tasks):
                next(tasks)
            speeds[name].append(config.tasks / (time.perf_counter() - begin))
    return {
        name: Measurement(seconds, memory, statistics.median(speeds[name]))
        for name, (_, seconds, memory) in started.items()
    }


def _start(
    open_set: Callable[[], ImageClasses], config: LargeSetConfig
) -> tuple[Iterator[Episode], float, int]:
    """Returns tasks, the seconds till the first, and the bytes that they took."""
    size = EpisodeConfig(config.n_way, 1, config.queries_per_class)
    reset_peak()
    before, begin = peak_memory(), time.perf_counter()
    tasks = iter(episode_dataset(open_set(), size, seed=0))
    next(tasks)
    return tasks, time.perf_counter() - begin, peak_memory() - before


def main() -> None:
    """Prints the table."""
    command.run(
        lambda: _print_table(from_flags(LargeSetConfig)), [LargeSetConfig], __doc__
    )


def _print_table(config: LargeSetConfig) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(config.folder or temporary) / "images.npy"
        write_images(path, config)
        status = path.stat()
        print(
            f"{config.classes * config.images_per_class:,} images, "
            f"{status.st_size / 2**30:.1f} GiB, of which "
            f"{status.st_blocks / 2**11:.0f} MiB are on the disk"
        )
        print(ROW.format("images in", "start, s", "memory, MiB", "tasks a second"))
        for name, found in measure(path, config).items():
            print(
                ROW.format(
                    name,
                    f"{found.start_seconds:.1f}",
                    f"{found.memory / MIB:.0f}",
                    f"{found.tasks_per_second:.0f}",
                )
            )


if __name__ == "__main__":
    main()

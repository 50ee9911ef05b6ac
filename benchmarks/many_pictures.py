#!/usr/bin/env python3
"""Times bin/classify with many pictures, beside another checkout if one is given.

    python benchmarks/many_pictures.py --count=1000
    git worktree add --detach ../before 2f4a2cd
    python benchmarks/many_pictures.py --count=1000 --repository=../before \
        --repository_arguments=--pretrained=omniglot_20way

Pictures are drawn glyphs of 20 classes, an example each beside them: PNG files of one
size, or of many with --varied. Times are of whole processes, in turn, and medians.

Flags:
"""

import dataclasses
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

from metanet_tf.commands import command
from metanet_tf.data.glyphs.hands import drawn_by_other_hands
from metanet_tf.data.glyphs.pen import draw
from metanet_tf.data.glyphs.programs import stroke_programs
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting

HERE = pathlib.Path(__file__).resolve().parents[1]
_PROGRAM = "from metanet_tf.commands.classify import main; main()"
_CLASSES = 20
_SIDE = 105  # pixels, as Omniglot's
_VARIED_SIDES = (60, 240)


@dataclasses.dataclass(frozen=True)
class ManyPicturesConfig(CheckedConfig):
    """Settings: the pictures, and what is timed."""

    count: int = setting(1000, "Pictures to name, >= 1.", minimum=1)
    varied: bool = setting(False, "Pictures of many sizes, instead of 105 x 105.")
    repeats: int = setting(3, "Runs of each checkout, >= 1.", minimum=1)
    arguments: str = setting("--model=omniglot", "Flags of bin/classify here.")
    repository: str = setting(
        "", "Another checkout to time beside this one. Empty: none.", path=True
    )
    repository_arguments: str = setting(
        "--model=omniglot", "Flags of the other checkout's bin/classify."
    )


def main() -> None:
    """Runs what the command line asks for."""
    command.run(
        lambda: compare(from_flags(ManyPicturesConfig)), [ManyPicturesConfig], __doc__
    )


def compare(config: ManyPicturesConfig) -> dict[str, float]:
    """Times the checkouts in turn and prints their medians.

    Returns:
        Median seconds by the checkout's folder.

    Raises:
        InputError: if a checkout does not name the pictures.
    """
    checkouts = {str(HERE): config.arguments}
    if config.repository:
        checkouts[os.path.abspath(config.repository)] = config.repository_arguments
    seconds: dict[str, list[float]] = {checkout: [] for checkout in checkouts}
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(pathlib.Path(folder), config)
        for _ in range(config.repeats):
            for checkout, arguments in checkouts.items():
                seconds[checkout].append(_seconds(checkout, arguments, folder))
    medians = {checkout: statistics.median(runs) for checkout, runs in seconds.items()}
    for checkout, median in medians.items():
        print(f"{checkout}: {median:.1f} s for {config.count} pictures")
    if config.repository:
        here, other = medians.values()
        print(f"ratio {here / other:.2f}")
    return medians


def write_pictures(folder: pathlib.Path, config: ManyPicturesConfig) -> None:
    """Writes an example of each class and the pictures, the same every time."""
    rng = np.random.default_rng(0)
    strokes, present = stroke_programs(rng, _CLASSES)
    labels = np.arange(_CLASSES + config.count) % _CLASSES
    curves, pens = drawn_by_other_hands(rng, strokes[labels])
    drawn = 255 - draw(curves, present[labels], pens, _SIDE)[..., 0]
    sides = rng.integers(*_VARIED_SIDES, len(labels))
    for kind in ("classes", "pictures"):
        (folder / kind).mkdir()
    for index, (pixels, side) in enumerate(zip(drawn, sides, strict=True)):
        picture = Image.fromarray(pixels)
        if config.varied:
            picture = picture.resize((int(side), int(side)))
        is_example = index < _CLASSES
        number = index if is_example else index - _CLASSES
        place = folder / ("classes" if is_example else "pictures")
        picture.save(place / f"{number:05d}.png")


def _seconds(checkout: str, arguments: str, folder: str) -> float:
    """Seconds of a process that names the pictures."""
    examples, pictures = f"{folder}/classes", f"{folder}/pictures"
    began = time.perf_counter()
    done = subprocess.run(
        [
            *(sys.executable, "-c", _PROGRAM, *shlex.split(arguments)),
            *(f"--support_dir={examples}", pictures),
        ],
        cwd=folder,  # Its own folder would come before the checkout.
        env=os.environ | {"PYTHONPATH": checkout},
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise InputError(
            "`repository` must be a checkout whose bin/classify takes the flags. "
            f"Received: {checkout}, which ended with code {done.returncode}: "
            f"{done.stderr[-500:]}. Change the flags."
        )
    return seconds


if __name__ == "__main__":
    main()

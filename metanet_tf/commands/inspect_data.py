"""Looks at a data set before training: classes, sizes, parts, pictures.

    inspect_data --dataset=image_folder --data_dir=my_drawings --out=inspection
    inspect_data --dataset=omniglot --out=inspection

Prints how many classes and images there are in each part, names files that cannot be
read and images of different parts that look the same, and writes training.png,
validation.png and test.png into --out: images of the first classes, a row for each.

Flags:
"""

import dataclasses
import pathlib
from typing import TYPE_CHECKING

import numpy as np

from metanet_tf.commands import command
from metanet_tf.commands.teaching import warnings_as_lines
from metanet_tf.config import DataConfig, InspectConfig
from metanet_tf.data import check_source
from metanet_tf.data.pictures.folders import printable
from metanet_tf.utils.flag_settings import from_flags

if TYPE_CHECKING:
    from metanet_tf.data.image_classes import ImageClasses
    from metanet_tf.data.near_duplicates import Pair

ROW = "{:<12} {:>8} {:>10} {:>18}  {}"
HEADINGS = ("part", "classes", "images", "images per class", "height x width x C")
PARTS = ("training", "validation", "test")
PAIRS_SHOWN = 20


def main() -> None:
    """Entry point of `bin/inspect_data` and `metanet-inspect_data`."""
    command.run(
        lambda: inspect_data(from_flags(DataConfig), from_flags(InspectConfig)),
        [DataConfig, InspectConfig],
        __doc__,
    )


def inspect_data(data: DataConfig, config: InspectConfig) -> None:
    """Prints what `data` gives, and draws sheets of it.

    Files that cannot be read are left out and named in a warning.

    Raises:
        InputError: if the data cannot be had, or the extra `inspect` is missing.
        OSError: if the sheets cannot be written.
    """
    with command.extra("inspect"):
        from metanet_tf.data.near_duplicates import near_duplicates
    check_source(data)
    # TensorFlow takes seconds to import: only once the settings are found good.
    with command.quiet_import():
        from metanet_tf.data import load_dataset
    with warnings_as_lines():
        dataset = load_dataset(dataclasses.replace(data, skip_unreadable=True))
    parts = {part: getattr(dataset, part) for part in PARTS}
    print(ROW.format(*HEADINGS))
    for part, classes in parts.items():
        print(_row(part, classes))
    if config.max_bits is not None:
        _print_pairs(near_duplicates(parts, config.max_bits), config.max_bits)
    if config.out:
        _write_sheets(parts, data, pathlib.Path(config.out))


def _row(part: str, classes: "ImageClasses") -> str:
    sizes = np.asarray(classes.class_sizes)
    per_class = f"{sizes.min()} to {sizes.max()}"
    shape = " x ".join(map(str, classes.image_shape))
    return ROW.format(part, len(sizes), sizes.sum(), per_class, shape)


def _print_pairs(pairs: "list[Pair]", max_bits: int) -> None:
    print(
        f"{len(pairs)} pairs of images of different parts look the same (their hashes "
        f"differ in {max_bits} of 64 bits or less)."
    )
    for pair in pairs[:PAIRS_SHOWN]:
        print(f"  {printable(pair.first)}  {printable(pair.second)}  {pair.bits} bits")
    if len(pairs) > PAIRS_SHOWN:
        print("  ...")


def _write_sheets(
    parts: dict[str, "ImageClasses"], data: DataConfig, out: pathlib.Path
) -> None:
    from metanet_tf.data.contact_sheet import contact_sheet

    out.mkdir(parents=True, exist_ok=True)
    for part, classes in parts.items():
        contact_sheet(classes, is_ink=data.is_ink).save(out / f"{part}.png")
    print(f"{out} holds {', '.join(f'{part}.png' for part in parts)}.")

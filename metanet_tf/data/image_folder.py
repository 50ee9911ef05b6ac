"""Folders of pictures: a folder for each class, in groups and parts if there are any.

`DIR/class/*.png`; `DIR/group/class/*.png`, however deep; or these below `DIR/train`,
`DIR/validation` and `DIR/test`.
"""

import dataclasses
import os
import pathlib
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from metanet_tf.config import DataConfig
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.data.labelled_files import LabelledFile, read_classes
from metanet_tf.data.pictures.folders import (
    SUFFIXES,
    is_of_system,
    is_picture,
    printable,
    walk,
    warn_of_passed_over,
)
from metanet_tf.data.splits import hold_out_by_seed, split_by_seed
from metanet_tf.utils.errors import InputError

PARTS = {
    "train": "training",
    "training": "training",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


class Folder(NamedTuple):
    """Pictures of a class in one folder.

    Attributes:
        part: "training", "validation", "test", or "" where there are no parts.
        class_name: path of the folder in its part, such as "group/class".
        files: sorted.
    """

    part: str
    class_name: str
    files: list[pathlib.Path]


def load(config: DataConfig) -> Dataset:
    """Reads a folder of pictures, from the cache if none of them has changed.

    Raises:
        InputError: if there is no such folder, a picture cannot be read, a class has
            less than two images, or there are too few classes for three parts.
    """
    folders = find_class_folders(config.data_dir)
    part_of: dict[str, str] = {}
    if config.split_by == "folders" and any(folder.part for folder in folders):
        _check_parts(folders, config.data_dir)
        part_of = {folder.class_name: folder.part for folder in folders}
    classes = _grouped(read_classes(labelled(folders), "image_folder", config))
    if part_of:
        return _by_parts(classes, part_of, config)
    return split_by_seed(classes, config)


def check_folder(data_dir: str) -> None:
    """Raises InputError if there is no such folder."""
    if not data_dir or not os.path.isdir(data_dir):
        raise InputError(
            "`data_dir` must be a folder with a folder of pictures for each class. "
            f"Received: {data_dir or 'nothing'}. Change --data_dir."
        )


def find_class_folders(data_dir: str) -> list[Folder]:
    """Finds the folders that hold pictures, sorted; other files are passed over.

    Raises:
        InputError: if there are none, or pictures lie beside folders.
    """
    check_folder(data_dir)
    top = pathlib.Path(data_dir)
    others: list[pathlib.Path] = []
    folders = [
        Folder(part, _class_name(path, root), files)
        for root, part in _roots(top)
        for path, files in _walk(root, others)
    ]
    warn_of_passed_over(top, others)
    if not folders:
        raise InputError(
            "`data_dir` must hold a folder of pictures for each class "
            f"({', '.join(SUFFIXES)}). Received: {data_dir}, without any. Change "
            "--data_dir."
        )
    return sorted(folders, key=lambda folder: (folder.class_name, folder.part))


def labelled(folders: list[Folder]) -> list[LabelledFile]:
    """Returns all files with their classes, sorted by class."""
    return [
        LabelledFile(folder.class_name, path)
        for folder in folders
        for path in folder.files
    ]


def _roots(top: pathlib.Path) -> list[tuple[pathlib.Path, str]]:
    """Returns the folders of the parts; `top` alone if it is not divided.

    Raises:
        InputError: if classes lie beside the parts.
    """
    seen = [p for p in sorted(top.iterdir()) if p.is_dir() and not is_of_system(p.name)]
    named = {path: PARTS[name] for path in seen if (name := path.name.lower()) in PARTS}
    divided = [pair for pair in named.items() if _holds_pictures(pair[0])]
    parts = {part for _, part in divided}
    if len(parts) < 2 or "training" not in parts:
        return [(top, "")]
    others = (path for path in seen if path not in named)
    beside = next(filter(_holds_pictures, others), None)
    if beside is None:
        return divided
    if any(is_picture(file) for path, _ in divided for file in path.iterdir()):
        return [(top, "")]  # These are classes, such as trains and planes.
    raise InputError(
        "`data_dir` must hold train/, validation/ and test/ alone, or classes alone. "
        f"Received: {printable(beside)} beside {printable(divided[0][0])}. Move it "
        "into one of the parts, or elsewhere."
    )


def _holds_pictures(folder: pathlib.Path) -> bool:
    return any(
        is_picture(pathlib.Path(place, name))
        for place, _, files in walk(folder)
        for name in files
    )


def _walk(
    root: pathlib.Path, others: list[pathlib.Path]
) -> Iterator[tuple[pathlib.Path, list[pathlib.Path]]]:
    """Yields folders with pictures; what is no picture is added to `others`."""
    for place, folders, files in walk(root):
        paths = [pathlib.Path(place, name) for name in sorted(files)]
        folders.sort()
        pictures = [path for path in paths if is_picture(path)]
        others += [path for path in paths if not is_picture(path)]
        if pictures and (folders or place == str(root)):
            raise InputError(
                "Pictures must lie in the folder of their class, with no folders "
                f"beside them. Received: {printable(pictures[0])}. Move it into the "
                "folder of its class."
            )
        if pictures:
            yield pathlib.Path(place), pictures


def _class_name(path: pathlib.Path, root: pathlib.Path) -> str:
    return unicodedata.normalize("NFC", path.relative_to(root).as_posix())


def _check_parts(folders: list[Folder], data_dir: str) -> None:
    """Checks that there is a test part, and that no class is in two parts."""
    remedy = "or give --split_by=class, which divides all classes by chance."
    if all(folder.part != "test" for folder in folders):
        raise InputError(
            "`data_dir` must hold a folder test/ beside train/. Received: "
            f"{data_dir}, without. Add one, {remedy}"
        )
    first: dict[str, str] = {}
    for _, name, files in folders:
        place = str(files[0].parent)
        if first.setdefault(name, place) != place:
            raise InputError(
                "A class must be in one of train/, validation/ and test/, since tests "
                "are of classes that were not trained. Received: "
                f"{printable(name)}, in {printable(first[name])} and "
                f"{printable(place)}. Move its pictures together, {remedy}"
            )


def _by_parts(
    classes: ImageClasses, part_of: dict[str, str], config: DataConfig
) -> Dataset:
    parts = np.array([part_of[name] for name in classes.class_names])
    by_part = {
        str(part): classes.subset(np.flatnonzero(parts == part)) for part in set(parts)
    }
    if "validation" not in by_part:
        return hold_out_by_seed(by_part["training"], by_part["test"], config)
    return Dataset(**by_part)


def _grouped(classes: ImageClasses) -> ImageClasses:
    """Notes the folder that a class lies in as its group, if any lies in one."""
    groups = tuple(name.rpartition("/")[0] for name in classes.class_names)
    return dataclasses.replace(classes, class_groups=groups if any(groups) else None)

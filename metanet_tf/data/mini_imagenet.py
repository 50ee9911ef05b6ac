"""Mini-ImageNet: 100 classes of 600 photographs, 84 x 84 pixels.

The classes are divided as by Ravi and Larochelle (2017). The photographs are
ImageNet's, whose terms do not allow to pass them on: they are read from a folder, in
any of the forms in which people have them.
"""

import csv
import itertools
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from metanet_tf.config import DataConfig
from metanet_tf.data.cache import Allocate, Arrays, cached_images
from metanet_tf.data.class_lists import check_complete, read_parts, split_by_list
from metanet_tf.data.image_classes import Dataset
from metanet_tf.data.labelled_files import (
    LabelledFile,
    classes_of,
    fingerprint,
    read_classes,
)
from metanet_tf.data.pictures.folders import is_picture
from metanet_tf.data.plain_pickles import read_pickle
from metanet_tf.utils.errors import InputError

NAME = "mini_imagenet"
CLASS_LIST = "mini_imagenet_classes.txt"
_CACHE_FORMAT = 1  # Raise it when the arrays would change.
_PARTS = {"train": "training", "val": "validation", "test": "test"}
# Held-out photographs of training classes, which some mirrors have too.
_LEFT_OUT = re.compile("train_phase_(val|test)")


def load(config: DataConfig) -> Dataset:
    """Reads Mini-ImageNet, from the cache if no file has changed.

    `config.data_dir` holds folders `nNNNNNNNN` of pictures, by themselves or in
    train/, val/ and test/, where a class may be spread over several; or train.csv,
    val.csv and test.csv beside the pictures; or three pickle files.

    Raises:
        InputError: if it holds none of these, or not all classes, or
            `config.preparation` is not for photographs.
    """
    check_photographs(config, image_size=84)
    check_folder(config.data_dir)
    top = pathlib.Path(config.data_dir)
    part_of = read_parts(CLASS_LIST)
    files = _in_folders(top, part_of) or _in_tables(top, part_of)
    if files:
        check_complete({file.class_name for file in files}, part_of, config.data_dir)
        return split_by_list(read_classes(files, NAME, config), part_of)
    pickles = _pickles(top)
    if not pickles:
        raise _missing(config.data_dir)
    return _from_pickles(pickles, config, part_of)


def check_folder(data_dir: str) -> None:
    """Raises InputError if there is no such folder."""
    if not data_dir or not pathlib.Path(data_dir).is_dir():
        raise _missing(data_dir)


def check_photographs(config: DataConfig, image_size: int) -> None:
    """Checks that a data set of photographs is prepared as such.

    Raises:
        InputError: if it is not.
    """
    if config.preparation != "photograph":
        raise InputError(
            f"`preparation` must be photograph for {config.dataset}. Received: "
            f"{config.preparation}. Give --preparation=photograph --channels=3 "
            f"--image_size={image_size}."
        )


def _missing(data_dir: str) -> InputError:
    return InputError(
        "`data_dir` must hold Mini-ImageNet, which may not be passed on: (1) folders "
        "n01532829/, ... of pictures, by themselves or in train/, val/ and test/; (2) "
        "train.csv, val.csv and test.csv with lines `filename,label`, and the pictures "
        "in images/; or (3) mini-imagenet-cache-train.pkl, -val.pkl and -test.pkl, or "
        "miniImageNet_category_split_train_phase_train.pickle, _val.pickle and "
        f"_test.pickle. Received: {data_dir or 'nothing'}, without any of them. Put "
        "one there, or change --data_dir."
    )


def _in_folders(top: pathlib.Path, part_of: dict[str, str]) -> list[LabelledFile]:
    """Finds pictures in folders named by class, at any depth."""
    found: dict[str, list[pathlib.Path]] = {}
    for folder in sorted(top.rglob("n????????")):
        if folder.name in part_of and folder.is_dir():
            pictures = [path for path in sorted(folder.iterdir()) if is_picture(path)]
            found.setdefault(folder.name, []).extend(pictures)
    return [
        LabelledFile(name, path) for name in part_of for path in found.get(name, [])
    ]


def _in_tables(top: pathlib.Path, part_of: dict[str, str]) -> list[LabelledFile]:
    """Finds pictures by the lines `filename,label` of the tables."""
    tables = [path for part in _PARTS for path in sorted(top.rglob(f"{part}.csv"))]
    label_of = {row["filename"]: row["label"] for row in _rows(tables)}
    if not label_of:
        return []
    pictures = {path.name: path for path in top.rglob("*") if path.name in label_of}
    absent = sorted(label_of.keys() - pictures.keys())
    if absent:
        raise InputError(
            f"`data_dir` must hold the pictures that its tables name. Received: {top}, "
            f"without {len(absent)}, {absent[0]} among them. Add them."
        )
    order = {name: place for place, name in enumerate(part_of)}
    files = [
        LabelledFile(label, pictures[name])
        for name, label in label_of.items()
        if label in order
    ]
    return sorted(files, key=lambda file: (order[file.class_name], file.path))


def _rows(tables: list[pathlib.Path]) -> Iterator[dict[str, str]]:
    for table in tables:
        with open(table, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if not {"filename", "label"} <= set(reader.fieldnames or ()):
                raise InputError(
                    "A table must have the columns filename and label. Received: "
                    f"{table}, with {reader.fieldnames}. Replace it."
                )
            yield from reader


def _pickles(top: pathlib.Path) -> dict[str, pathlib.Path]:
    """Returns the pickle file of each part that has one."""
    found: dict[str, pathlib.Path] = {}
    paths = [*top.rglob("*.pkl"), *top.rglob("*.pickle")]
    for path in sorted(path for path in paths if not _LEFT_OUT.search(path.name)):
        for word, part in _PARTS.items():
            if word in path.name.lower():
                found.setdefault(part, path)
                break
    return found


def _from_pickles(
    pickles: dict[str, pathlib.Path], config: DataConfig, part_of: dict[str, str]
) -> Dataset:
    arrays = cached_images(
        f"{NAME}-pickles",
        config,
        lambda allocate: _prepare(pickles, config, part_of, allocate),
        version=_CACHE_FORMAT,
        fingerprint=fingerprint(list(pickles.items())),
    )
    classes = classes_of(arrays)
    parts = dict(zip(classes.class_names, arrays["parts"], strict=True))
    return split_by_list(classes, parts)


def _prepare(
    pickles: dict[str, pathlib.Path],
    config: DataConfig,
    part_of: dict[str, str],
    allocate: Allocate,
) -> Arrays:
    # Slow to import, and not needed once the cache is filled.
    from metanet_tf.data.prepared_pictures import prepare_into, with_opacity

    found = [
        (part, name, pictures)
        for part, path in pickles.items()
        for name, pictures in _classes(read_pickle(path), path)
    ]
    sizes = [len(pictures) for _, _, pictures in found]
    stream = itertools.chain.from_iterable(pictures for _, _, pictures in found)
    prepare_into(allocate(sum(sizes)), map(with_opacity, stream), config)
    return {
        "class_sizes": np.array(sizes, np.int32),
        "class_names": np.array(
            [name if name in part_of else f"{part}_{name}" for part, name, _ in found]
        ),
        "parts": np.array([part_of.get(name, part) for part, name, _ in found]),
    }


def _classes(content: Any, path: pathlib.Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yields names and pictures, uint8 [n, 84, 84, 3], of one of the two forms."""
    try:
        if "image_data" in content:
            pictures, places = content["image_data"], content["class_dict"]
        else:
            pictures, labels = content["data"], np.asarray(content["labels"])
            places = {label: np.flatnonzero(labels == label) for label in set(labels)}
        for name in sorted(places):
            yield str(name), np.asarray(pictures)[np.asarray(places[name], int)]
    except (TypeError, KeyError, IndexError, ValueError) as error:
        raise InputError(
            "A pickle file of Mini-ImageNet must hold image_data and class_dict, or "
            f"data and labels. Received: {path}, with something else ({error}). "
            "Replace it."
        ) from error

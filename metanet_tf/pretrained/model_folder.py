"""A trained model as a folder: settings, weights, card and checksums."""

import dataclasses
import functools
import os
import pathlib
import tempfile
from collections.abc import Sequence
from typing import Any

import h5py

from metanet_tf.config import (
    RUN_CONFIGS,
    DataConfig,
    EpisodeConfig,
    RunConfig,
    TrainingConfig,
)
from metanet_tf.evaluation.rejection import RejectionThreshold
from metanet_tf.model import MetaNet
from metanet_tf.model_source import (
    CARD_FILE,
    MODEL_FILE,
    PRETRAINED_FILES,
    WEIGHTS_FILE,
    Kind,
    find_model,
)
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.checksums import check_sums, write_sums
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.files import new_folder, parse_json, write_json, write_text

_FORMAT = 1
_CHECKED = (MODEL_FILE, WEIGHTS_FILE)
_COMPRESSION = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
_FEW = 8192  # Of fewer numbers HDF5's own notes on a compression take more room.

_SHORT_CARD = """\
# {name}

A Meta Network (Munkhdalai and Yu, ICML 2017) for {n_way}-way {k_shot}-shot tasks.

```python
from metanet_tf import MetaNet

model = MetaNet.from_preset("{name}")  # this folder
```
"""


@dataclasses.dataclass(frozen=True, eq=False)
class Pretrained:
    """Content of a folder of trained weights.

    Attributes:
        model: with its weights.
        config: what it was trained with; without paths.
        rejections: thresholds for what is of no taught class, for several numbers
            of classes.
    """

    model: MetaNet
    config: RunConfig
    rejections: tuple[RejectionThreshold, ...]


def load_pretrained(name: str | os.PathLike) -> MetaNet:
    """Returns a trained model; see `read_pretrained`."""
    return read_pretrained(name).model


def read_pretrained(name: str | os.PathLike) -> Pretrained:
    """Reads a model that comes with the package, that of a folder, or of the Hub.

    Args:
        name: one of `pretrained_names`; a folder that `save_pretrained` wrote; or
            "hf://USER/NAME", such a folder on the Hugging Face Hub.

    Raises:
        InputError: if there is no such model, its files are not those that were
            written, or this version of the package cannot read them.
    """
    folder = find_model(name, [Kind.PRETRAINED]).folder
    try:
        check_sums(folder, _CHECKED)
        content = parse_json((folder / MODEL_FILE).read_text(encoding="utf-8"))
        config, rejections = _parse(content)
        model = make_model(config)
        model.load_weights(folder / WEIGHTS_FILE)
        model.rejections = rejections
    # What Keras, HDF5 and JSON find wrong shows as errors of many types.
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            "A pretrained model must be as it was written, by this version of "
            f"metanet_tf. Received: {folder} ({error}). Restore that folder, or train "
            "and publish it again."
        ) from error
    return Pretrained(model, config, rejections)


def save_pretrained(
    model: MetaNet,
    config: RunConfig,
    folder: str | os.PathLike,
    *,
    rejections: Sequence[RejectionThreshold] = (),
    card: str = "",
) -> None:
    """Writes a folder that `read_pretrained` reads, all of it or nothing.

    An earlier one is replaced.

    Args:
        model: with the weights to be written.
        config: what it was trained with; paths are left out.
        folder: new, empty or an earlier one.
        rejections: thresholds for what is of no taught class.
        card: text of the model card, Markdown.

    Raises:
        InputError: if `folder` holds something else.
        OSError: if it cannot be written.
    """
    target = pathlib.Path(folder)
    check_replaceable(target)
    content = {
        "format": _FORMAT,
        "config": settings_without_paths(config),
        "rejections": [dataclasses.asdict(rejection) for rejection in rejections],
    }
    with new_folder(target) as new:
        write_json(new / MODEL_FILE, content)
        _save_weights(model, new / WEIGHTS_FILE)
        write_text(new / CARD_FILE, card)
        write_sums(new, _CHECKED)


def _save_weights(model: MetaNet, file: pathlib.Path) -> None:
    """Writes Keras's file of weights, compressed: all bits stay."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        plain = pathlib.Path(folder, WEIGHTS_FILE)
        model.save_weights(plain)
        with h5py.File(plain) as source, h5py.File(file, "w") as target:
            target.attrs.update(source.attrs)
            source.visititems(functools.partial(_copy_compressed, target))


def _copy_compressed(
    target: h5py.File, name: str, item: h5py.Group | h5py.Dataset
) -> None:
    if isinstance(item, h5py.Dataset):
        settings = _COMPRESSION if item.size >= _FEW else {}
        copied = target.create_dataset(name, data=item[()], **settings)
    else:
        copied = target.require_group(name)
    copied.attrs.update(item.attrs)


def save_preset(model: MetaNet, folder: str | os.PathLike) -> None:
    """Writes `MetaNet.save_to_preset`'s folder.

    Raises:
        InputError: if the images are not square with 1 or 3 channels, or `folder` holds
            something else.
        OSError: if it cannot be written.
    """
    card = _SHORT_CARD.format(
        name=pathlib.Path(folder).name, n_way=model.n_way, k_shot=model.k_shot
    )
    save_pretrained(
        model, _run_config(model), folder, rejections=model.rejections, card=card
    )


def _run_config(model: MetaNet) -> RunConfig:
    """Returns the settings of the model's run, or of one that would make it."""
    if model.run_config is not None:
        return dataclasses.replace(model.run_config, model=model.config)
    height, width, channels = model.image_shape
    if height != width or channels not in (1, 3):
        raise InputError(
            "A preset's images must be square with 1 or 3 channels. Received: a model "
            f"of `image_shape` {model.image_shape}. Use model.save_weights instead."
        )
    return RunConfig(
        _data_config(height, channels),
        EpisodeConfig(model.n_way, model.k_shot),
        model.config,
        TrainingConfig(seed=model.seed),
    )


def _data_config(size: int, channels: int) -> DataConfig:
    """Returns the settings of images that are ink, or photographs in colour."""
    preparation = "photograph" if channels == 3 else "none"
    return DataConfig(image_size=size, channels=channels, preparation=preparation)


def _parse(content: dict[str, Any]) -> tuple[RunConfig, tuple[RejectionThreshold, ...]]:
    if content["format"] != _FORMAT:
        raise ValueError(f"its format is {content['format']}, not {_FORMAT}")
    parts = [field.name for field in dataclasses.fields(RunConfig)]
    config = RunConfig(
        *(
            part(**content["config"][name])
            for name, part in zip(parts, RUN_CONFIGS, strict=True)
        )
    )
    return config, tuple(map(RejectionThreshold.from_dict, content["rejections"]))


def settings_without_paths(config: RunConfig) -> dict[str, dict[str, Any]]:
    """Settings by part; paths mean nothing on another machine."""
    return {
        part.name: {
            field.name: getattr(values, field.name)
            for field in dataclasses.fields(values)
            if not field.metadata["path"]
        }
        for part in dataclasses.fields(config)
        for values in [getattr(config, part.name)]
    }


def check_replaceable(target: pathlib.Path) -> None:
    """Checks that a folder is new, empty or holds a pretrained model and nothing else.

    Raises:
        InputError: if it holds anything else, such as exports.
    """
    names = {path.name for path in target.iterdir()} if target.is_dir() else set()
    if target.is_file() or not names <= set(PRETRAINED_FILES):
        raise InputError(
            "The folder of a pretrained model must be new, empty or an earlier one. "
            f"Received: {target}, which holds something else. Choose another."
        )

#!/usr/bin/env python3
"""Teaches many classes at once: time, memory, and what b adds to the attention.

    python benchmarks/large_support.py --n_way=219 --k_shot=10
    python benchmarks/large_support.py --n_way=1623 --data_dir=../shared/data/tfds

Characters are Omniglot's, those of training among them: this is about size, not about
accuracy on classes never seen. Every class is asked for once.

Flags:
"""

import dataclasses
import time

import numpy as np

from metanet_tf.commands import command
from metanet_tf.model_source import find_trained
from metanet_tf.utils.flag_settings import CheckedConfig, from_flags, setting

with command.quiet_import():
    from metanet_tf.commands.chosen_model import chosen_settings
    from metanet_tf.data import load_dataset
    from metanet_tf.one_shot.loaded_model import load_model
    from metanet_tf.speed.machine import peak_memory, reset_peak


@dataclasses.dataclass(frozen=True)
class LargeSupportConfig(CheckedConfig):
    """Settings: a model and the size of its support set."""

    model: str = setting(
        "omniglot",
        "Name or folder of a pretrained model, or folder of a run.",
        path=True,
    )
    data_dir: str = setting("", "Folder of TFDS data. Empty: TFDS's own.", path=True)
    n_way: int = setting(219, "Classes, in [2, 1623].", minimum=2, maximum=1623)
    k_shot: int = setting(1, "Examples per class, in [1, 19].", minimum=1, maximum=19)


def draw(config: LargeSupportConfig) -> tuple[np.ndarray, np.ndarray]:
    """Returns prepared images of `n_way` characters, float32 [n_way, 20, H, W, 1]."""
    data = chosen_settings(find_trained(config.model)).data
    dataset = load_dataset(data.found_at(config.data_dir))
    parts = (dataset.test, dataset.validation, dataset.training)
    images = np.concatenate([part.images for part in parts])
    by_class = images.reshape(-1, 20, *images.shape[1:])[: config.n_way] / np.float32(
        255
    )
    support = by_class[:, : config.k_shot]
    return support.reshape(-1, *support.shape[2:]), by_class[:, -1]


def measure(config: LargeSupportConfig) -> None:
    """Prints what teaching and asking took."""
    support, queries = draw(config)
    labels = np.repeat(np.arange(config.n_way, dtype=np.int32), config.k_shot)
    module = load_model(config.model).module
    reset_peak()
    began = time.perf_counter()
    memory = module.adapt(support, labels)
    taught = time.perf_counter()
    answer = module.answer(memory, queries)
    right = np.arange(config.n_way)
    accuracy = np.mean(np.argmax(answer["probabilities"], axis=1) == right)
    one_hot = labels[:, np.newaxis] == right
    attention = np.argmax(answer["attention_weights"] @ one_hot, axis=1)
    print(
        f"{config.n_way} classes x {config.k_shot}: taught in {taught - began:.1f} s, "
        f"asked {len(queries)} in {time.perf_counter() - taught:.1f} s, "
        f"{peak_memory() / 2**30:.2f} GiB at most; right {accuracy:.2%}, attention "
        f"alone {np.mean(attention == right):.2%}"
    )


if __name__ == "__main__":
    command.run(
        lambda: measure(from_flags(LargeSupportConfig)), [LargeSupportConfig], __doc__
    )

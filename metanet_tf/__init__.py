"""Meta Networks (Munkhdalai and Yu, ICML 2017) in TensorFlow and Keras 3."""

import importlib
from typing import TYPE_CHECKING, Any

from metanet_tf.utils.keras_settings import check_backend

if TYPE_CHECKING:
    from metanet_tf.config import ModelConfig
    from metanet_tf.layers import AugmentedConv2D, AugmentedDense
    from metanet_tf.model import MetaNet
    from metanet_tf.one_shot.classifier import OneShotClassifier
    from metanet_tf.pretrained import load_pretrained

__version__ = "0.1.0"

__all__ = [
    "AugmentedConv2D",
    "AugmentedDense",
    "MetaNet",
    "ModelConfig",
    "OneShotClassifier",
    "load_pretrained",
]

_MODULES = {
    "AugmentedConv2D": "metanet_tf.layers",
    "AugmentedDense": "metanet_tf.layers",
    "MetaNet": "metanet_tf.model",
    "ModelConfig": "metanet_tf.config",
    "OneShotClassifier": "metanet_tf.one_shot.classifier",
    "load_pretrained": "metanet_tf.pretrained",
}


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import: only when something needs it.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    check_backend()
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

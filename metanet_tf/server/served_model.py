"""The model that is served: always the newest version that can be loaded."""

import asyncio
import gc
import logging
import weakref

import tensorflow as tf

from metanet_tf.server.metrics import MODEL_VERSION
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.server.warm_up import warm_up
from metanet_tf.utils.version_folders import newest_version

_WARM_UP_SECONDS = 120.0
# uvicorn prints it; uvicorn's own lines are wanted from warnings on.
_LOGGER = logging.getLogger("uvicorn.versions")
_LOGGER.setLevel(logging.INFO)


class ServedModel:
    """Looks for versions and loads them; requests keep the one they began with.

    Args:
        model_dir: see `newest_version`.

    Attributes:
        current: what new requests get; None until a version has been loaded.
    """

    def __init__(self, model_dir: str) -> None:
        self._model_dir = model_dir
        self.current: SavedModel | None = None
        self._old: list[weakref.ref[SavedModel]] = []

    async def follow(self, poll_seconds: float) -> None:
        """Looks for another version every `poll_seconds`, until it is cancelled."""
        while True:
            await asyncio.sleep(poll_seconds)
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> None:
        """Loads and warms up the newest version unless it is the current one.

        If it cannot be loaded, the current one stays: its files may be on their way.
        """
        try:
            version = newest_version(self._model_dir)
            if version is not None and not self._is_current(version.number):
                model = SavedModel(version)
                warm_up(model, _WARM_UP_SECONDS)
                self._replace(model)
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            _LOGGER.error("No newer version of %s: %s", self._model_dir, error)
            gc.collect()
        self._free_old()

    def _replace(self, model: SavedModel) -> None:
        if self.current is not None:
            self._old.append(weakref.ref(self.current))
        self.current = model
        MODEL_VERSION.set(model.version)
        _LOGGER.info("Version %d is served.", model.version)

    def _free_old(self) -> None:
        """Frees versions to which the last request is answered.

        References in circles keep a model's graph when the model itself has gone.
        """
        in_use = [model for model in self._old if model() is not None]
        if len(in_use) < len(self._old):
            gc.collect()
        self._old = in_use

    def _is_current(self, number: int) -> bool:
        return self.current is not None and self.current.version == number

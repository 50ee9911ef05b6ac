"""The model that is served: always the newest version that can be loaded."""

import asyncio
import logging

import tensorflow as tf

from metanet_tf.server.metrics import MODEL_VERSION
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.utils.version_folders import newest_version

_LOGGER = logging.getLogger("uvicorn.error")


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

    async def follow(self, poll_seconds: float) -> None:
        """Looks for another version every `poll_seconds`, until it is cancelled."""
        while True:
            await asyncio.to_thread(self.refresh)
            await asyncio.sleep(poll_seconds)

    def refresh(self) -> None:
        """Loads the newest version unless it is the current one.

        If it cannot be loaded, the current one stays: its files may be on their way.
        """
        try:
            version = newest_version(self._model_dir)
            if version is not None and not self._is_current(version.number):
                self.current = SavedModel(version)
                MODEL_VERSION.set(version.number)
                _LOGGER.info("Version %d is served.", version.number)
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            _LOGGER.error("No newer version of %s: %s", self._model_dir, error)

    def _is_current(self, number: int) -> bool:
        return self.current is not None and self.current.version == number

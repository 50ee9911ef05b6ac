"""The model that is served: always the newest version that can be loaded."""

import asyncio
import gc
import logging
import weakref

import tensorflow as tf

from metanet_tf.server.metrics import MODEL_VERSION
from metanet_tf.server.saved_model import SavedModel
from metanet_tf.server.warm_up import warm_up
from metanet_tf.utils.version_folders import Version, versions

_WARM_UP_SECONDS = 120.0
# uvicorn prints it; uvicorn's own lines are wanted from warnings on.
_LOGGER = logging.getLogger("uvicorn.versions")
_LOGGER.setLevel(logging.INFO)


class ServedModel:
    """Looks for versions and loads them; requests keep the one they began with.

    Args:
        model_dir: see `versions`.

    Attributes:
        current: what new requests get; None until a version has been loaded.
    """

    def __init__(self, model_dir: str) -> None:
        self._model_dir = model_dir
        self.current: SavedModel | None = None
        self._old: list[weakref.ref[SavedModel]] = []
        self._told: dict[str, str] = {}

    async def follow(self, poll_seconds: float) -> None:
        """Looks for another version every `poll_seconds`, until it is cancelled."""
        while True:
            await asyncio.sleep(poll_seconds)
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> None:
        """Loads and warms up the newest version that can be, unless it is the current.

        One that cannot is told of, and tried again the next time: its files may be on
        their way.
        """
        for version in self._versions():
            if self._is_current(version.number) or self._load(version):
                break
        self._free_old()

    def _versions(self) -> list[Version]:
        try:
            return versions(self._model_dir)
        except OSError as error:
            self._tell(f"{self._model_dir} cannot be read", error)
            return []

    def _load(self, version: Version) -> bool:
        """Takes a version up; returns whether that could be done."""
        try:
            model = SavedModel(version)
            warm_up(model, _WARM_UP_SECONDS)
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            what = f"Version {version.number} of {self._model_dir} cannot be loaded"
            self._tell(what, error)
            gc.collect()
            return False
        self._replace(model)
        return True

    def _tell(self, what: str, error: Exception) -> None:
        """Logs an error, but not the same again at each look."""
        if self._told.get(what) != str(error):
            self._told[what] = str(error)
            _LOGGER.error("%s, which is tried again: %s", what, error)

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

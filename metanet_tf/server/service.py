"""The model and the limits that REST and gRPC share."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TypeVar

import numpy as np

from metanet_tf.config import ServeConfig
from metanet_tf.server.limits import RequestLimiter
from metanet_tf.server.pictures import check_pictures
from metanet_tf.server.request_error import RequestError
from metanet_tf.server.saved_model import SavedModel, Signature
from metanet_tf.server.served_model import ServedModel

_MIB = 2**20

_T = TypeVar("_T")


class Service:
    """Runs the model; TensorFlow works in threads, so that other requests are heard.

    Args:
        config: the model and the limits.

    Attributes:
        config: the same.
        max_bytes: of a request.
        served: the model.
    """

    def __init__(self, config: ServeConfig) -> None:
        self.config = config
        self.max_bytes = int(config.max_body_mib * _MIB)
        self.served = ServedModel(config.model)
        self._threads = ThreadPoolExecutor(config.threads)
        self._limiter = RequestLimiter(config.max_in_flight)

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Loads the model first, and meanwhile newer versions."""
        await asyncio.to_thread(self.served.refresh)
        following = asyncio.create_task(self.served.follow(self.config.poll_seconds))
        try:
            yield
        finally:
            following.cancel()

    def loaded(self) -> SavedModel:
        """Returns the model that is served.

        Raises:
            RequestError: if none is loaded yet.
        """
        if self.served.current is None:
            raise RequestError(
                HTTPStatus.SERVICE_UNAVAILABLE, "The model is not loaded yet."
            )
        return self.served.current

    def requested(
        self, name: str, version: str | None = None, label: str | None = None
    ) -> SavedModel:
        """Returns the model that a request names.

        Raises:
            RequestError: if another one is served.
        """
        model, config = self.loaded(), self.config
        if (
            name == config.name
            and version in (None, str(model.version))
            and label in (None, config.label)
        ):
            return model
        named = version or label
        wanted = f"Specific({name}, {named})" if named else f"Latest({name})"
        raise RequestError(
            HTTPStatus.NOT_FOUND,
            f"Servable not found for request: {wanted}. There is version "
            f"{model.version} of {config.name}, with the label {config.label}.",
        )

    async def in_thread(self, work: Callable[[], _T]) -> _T:
        """Does `work` in one of the threads.

        Raises:
            RequestError: if too many requests are being answered; as `work` does.
        """
        with self._limiter.admitted():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work)

    def run(
        self,
        model: SavedModel,
        signature: Signature,
        inputs: Mapping[str, np.ndarray],
        deadline: float,
    ) -> dict[str, np.ndarray]:
        """Computes the outputs of `signature`, until `time.monotonic()` is `deadline`.

        Raises:
            RequestError: if the inputs are too large, or as `SavedModel.run` says.
        """
        check_pictures(
            inputs,
            max_pictures=self.config.max_pictures,
            max_megapixels=self.config.max_megapixels,
        )
        # Less than none if the request waited too long for a thread: the model then
        # stops at once.
        return model.run(signature, inputs, deadline - time.monotonic())

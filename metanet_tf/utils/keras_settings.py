"""Settings of Keras that a user may have made for other programs."""

import contextlib
import json
import os
import pathlib
from collections.abc import Iterator

from metanet_tf.utils.errors import InputError


def check_backend() -> None:
    """Checks that Keras will run on TensorFlow; reads what Keras reads.

    Raises:
        InputError: if an environment variable or Keras's file names another backend.
    """
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    file = pathlib.Path(home, "keras.json")
    variable = os.environ.get("KERAS_BACKEND")
    backend = variable or _backend_of(file)
    if backend != "tensorflow":
        source = "the environment variable KERAS_BACKEND" if variable else str(file)
        raise InputError(
            "Keras's backend must be tensorflow for this package. Received: "
            f"{backend}, from {source}. Set KERAS_BACKEND=tensorflow."
        )


@contextlib.contextmanager
def float32_by_default() -> Iterator[None]:
    """Lets Keras take float32 for a while where it cannot be told a type."""
    import keras  # It takes seconds, which `check_backend` shall not.

    kept = keras.config.floatx()
    keras.config.set_floatx("float32")
    try:
        yield
    finally:
        keras.config.set_floatx(kept)


def _backend_of(file: pathlib.Path) -> str:
    try:
        return json.loads(file.read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):  # Keras passes over these, too.
        return "tensorflow"

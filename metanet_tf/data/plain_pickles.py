"""Pickle files of arrays, lists, dicts, text and numbers, and of nothing else.

A pickle file may name any function, which is called when it is read. Here those are
called alone that NumPy makes its arrays with.
"""

import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from metanet_tf.utils.errors import InputError


def read_pickle(path: str | os.PathLike) -> Any:
    """Reads a pickle file, also one that Python 2 wrote.

    Raises:
        InputError: if it holds anything else, or is damaged.
    """
    with open(path, "rb") as file:
        try:
            return _Unpickler(file, encoding="latin1").load()
        except Exception as error:  # Damaged bytes can fail anywhere.
            raise InputError(
                "A pickle file must hold arrays, lists, dicts, text and numbers alone, "
                f"undamaged. Received: {path} ({error}). Fetch it again, from a place "
                "that you trust."
            ) from error


def _encode(text: str, encoding: str) -> bytes:
    """Makes bytes of text, as pickles of protocol 2 keep them."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"bytes are kept as {encoding}")
    return text.encode("latin1")


_ARRAY = np.zeros(1)
_FUNCTIONS: dict[str, Any] = {
    "ndarray": np.ndarray,
    "dtype": np.dtype,
    "_reconstruct": _ARRAY.__reduce__()[0],
    "_frombuffer": _ARRAY.__reduce_ex__(5)[0],
    "scalar": np.float64(0).__reduce__()[0],  # type: ignore[index]
}
# NumPy's private modules have had two names.
_MODULES = (
    "numpy",
    *("numpy.core.multiarray", "numpy._core.multiarray"),
    *("numpy.core.numeric", "numpy._core.numeric"),
)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        if (module, name) == ("_codecs", "encode"):
            return _encode
        if module in _MODULES and name in _FUNCTIONS:
            return _FUNCTIONS[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

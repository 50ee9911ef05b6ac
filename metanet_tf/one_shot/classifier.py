"""OneShotClassifier: a scikit-learn classifier taught by a picture of each class."""

import contextlib
import os
import pathlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from metanet_tf.config import INKS
from metanet_tf.errors import InputError
from metanet_tf.model import TaskMemory
from metanet_tf.one_shot.arguments import (
    checked_class_names,
    is_folder,
    is_rows,
    square_pictures,
)
from metanet_tf.one_shot.explanation import explanation_figure
from metanet_tf.one_shot.network import Network, load_network
from metanet_tf.one_shot.pictures import Prepared, prepare
from metanet_tf.one_shot.support import Support, extend_support, make_support
from metanet_tf.one_shot.support_folder import read_support_folder
from metanet_tf.rejection import rejection_for
from metanet_tf.serving import TaughtClassifier, export_taught

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_LEARNED = {"classes_", "support_", "n_features_in_", "feature_names_in_", "_taught"}


class _Taught(NamedTuple):
    """A network and what it made of the examples.

    They belong together: meanwhile a run that goes on may have a better model.
    """

    network: Network
    task_memory: TaskMemory


class TopK(NamedTuple):
    """The k most probable classes of each picture, best first.

    Attributes:
        names: [n, k].
        probabilities: float32 [n, k].
    """

    names: np.ndarray
    probabilities: np.ndarray


class OneShotClassifier(ClassifierMixin, BaseEstimator):
    """Names pictures by the classes of a few examples; teaching takes no training.

    Pictures are arrays, paths, contents of files, or what NumPy makes an array of:
    of any size, grey or coloured, dark on light or light on dark. An array of two
    dimensions holds a square picture in each row.

    Args:
        model: name of a pretrained model; or a folder: of one, of a run, or a
            SavedModel.
        ink: "dark" or "light", compared with the paper; "detect": whichever it is.
        reject: whether `predict` answers `reject_label` for pictures less familiar
            than the threshold.
        threshold: in [-1, 1]; None: the model's own for that many classes.
        reject_label: what stands for "none of these".

    Attributes:
        classes_: names of the classes, sorted.
        support_: the examples.
        n_features_in_: numbers in a row, if the examples were rows.

    Raises:
        InputError: in every method, if the model or an argument cannot be used; the
            classifier is then as it was before.
        sklearn.exceptions.NotFittedError: in those that answer, before it is taught.
    """

    def __init__(
        self,
        model: str | os.PathLike = "omniglot_20way",
        *,
        ink: str = "detect",
        reject: bool = False,
        threshold: float | None = None,
        reject_label: Any = None,
    ) -> None:
        self.model = model
        self.ink = ink
        self.reject = reject
        self.threshold = threshold
        self.reject_label = reject_label

    @classmethod
    def from_pretrained(cls, name: str, **settings: Any) -> "OneShotClassifier":
        """Makes one on a model that comes with the package, or a folder of one."""
        load_network(name, "pretrained")
        return cls(name, **settings)

    @classmethod
    def from_train_dir(
        cls, train_dir: str | os.PathLike, **settings: Any
    ) -> "OneShotClassifier":
        """Makes one on the best model of a training run."""
        load_network(train_dir, "run")
        return cls(train_dir, **settings)

    @classmethod
    def from_saved_model(
        cls, export_dir: str | os.PathLike, **settings: Any
    ) -> "OneShotClassifier":
        """Makes one on a model that `bin/export` has written."""
        load_network(export_dir, "saved_model")
        return cls(export_dir, **settings)

    def fit(self, images: Any, class_names: Any = None) -> "OneShotClassifier":
        """Learns the classes of examples, and forgets others.

        Args:
            images: pictures; or a folder with a picture, or a folder of pictures,
                for each class.
            class_names: of each picture; none for a folder.
        """
        with self._undone_on_error():
            self._forget()
            prepared, names = self._examples(images, class_names, reset=True)
            self._learn(make_support(prepared, names))
        return self

    def partial_fit(
        self, images: Any, class_names: Any = None, classes: Any = None
    ) -> "OneShotClassifier":
        """Adds examples, of new classes or of those there are; keeps the others.

        Args:
            images: as in `fit`.
            class_names: as in `fit`.
            classes: not used; scikit-learn names all classes at the first call.
        """
        if not hasattr(self, "support_"):
            return self.fit(images, class_names)
        with self._undone_on_error():
            prepared, names = self._examples(images, class_names, reset=False)
            self._learn(extend_support(self.support_, prepared, names))
        return self

    def predict(self, images: Any) -> np.ndarray:
        """Names of pictures, [n]; `reject_label` for those rejected."""
        queries = self._queries(images)
        names = self.classes_[np.argmax(self._probabilities(queries), axis=-1)]
        if not self.reject:
            return names
        is_known = self._familiarity(queries) >= self.rejection_threshold()
        return np.where(is_known, names.astype(object), self.reject_label)

    def predict_proba(self, images: Any) -> np.ndarray:
        """Probabilities of `classes_`, float32 [n, N]; rows sum to 1."""
        return self._probabilities(self._queries(images))

    def top_k(self, images: Any, k: int = 3) -> TopK:
        """The `k` most probable classes of pictures."""
        probabilities = self.predict_proba(images)
        if not 1 <= k <= len(self.classes_):
            raise InputError(
                "`k` must be at least 1 and at most the number of classes, "
                f"{len(self.classes_)}. Received: {k}. Change it."
            )
        order = np.argsort(-probabilities, axis=-1, kind="stable")[:, :k]
        return TopK(
            self.classes_[order], np.take_along_axis(probabilities, order, axis=-1)
        )

    def familiarity(self, images: Any) -> np.ndarray:
        """How much pictures look like an example, float32 [n] in [-1, 1].

        The largest cosine between the network's representations of both.
        """
        return self._familiarity(self._queries(images))

    def attention(self, images: Any) -> np.ndarray:
        """How much of its attention each example of `support_` got, float32 [n, S].

        Rows sum to 1.
        """
        return self._answer(self._queries(images))["attention_weights"].numpy()

    def rejection_threshold(self) -> float:
        """Familiarity below which a picture is of no taught class."""
        check_is_fitted(self)
        if self.threshold is not None:
            return self.threshold
        rejections = self._network().rejections
        rejection = rejection_for(rejections, len(self.classes_))
        if rejection is None:
            raise InputError(
                f"`threshold` must be given for a model without one. Received: None; "
                f"{self.model} is not calibrated. Set `threshold`, or use a "
                "pretrained model."
            )
        return rejection.threshold

    def explain(self, image: Any) -> "Figure":
        """Draws which examples the network looked at for one picture."""
        queries = self._queries([image])
        answer = self._answer(queries)
        return explanation_figure(
            queries[0],
            self.support_,
            probabilities=answer["probabilities"][0].numpy(),
            attention_weights=answer["attention_weights"][0].numpy(),
        )

    def export(
        self, export_dir: str | os.PathLike, *, litert: bool = False
    ) -> pathlib.Path:
        """Writes a SavedModel of the taught classes; see `serving.export_taught`.

        Returns:
            Its folder, the next of 1, 2, ... in `export_dir`.
        """
        check_is_fitted(self)
        support = self.support_
        taught = TaughtClassifier(
            self._network().functions,
            support.images,
            support.labels,
            list(map(str, support.class_names)),
            self.ink,
        )
        return export_taught(taught, str(export_dir), litert=litert)

    def _examples(
        self, images: Any, class_names: Any, *, reset: bool
    ) -> tuple[Prepared, np.ndarray]:
        if is_folder(images):
            if class_names is not None:
                raise InputError(
                    "`class_names` must not be given with a folder, which names them. "
                    f"Received: both, with {images}. Leave them out."
                )
            images, class_names = read_support_folder(images)
        prepared = self._prepare(images, reset=reset)
        return prepared, checked_class_names(class_names, len(prepared.images))

    def _queries(self, images: Any) -> np.ndarray:
        """Prepared pictures to be answered, float32 [n, H, W, C]."""
        check_is_fitted(self)
        return self._prepare(images, reset=False).images

    def _prepare(self, images: Any, *, reset: bool) -> Prepared:
        if self.ink not in INKS:
            raise InputError(
                f"`ink` must be one of {', '.join(INKS)}. Received: {self.ink}. "
                "Change it."
            )
        if is_rows(images):
            images = self._pictures_of(validate_data(self, images, reset=reset))
        elif not isinstance(images, (list, tuple)):
            images = np.asarray(images)
        return prepare(self._network(), images, self.ink)

    def _pictures_of(self, rows: np.ndarray) -> np.ndarray:
        return square_pictures(rows)

    def _learn(self, support: Support) -> None:
        self.support_ = support
        self.classes_ = support.class_names
        self._taught = self._teach()

    def _forget(self) -> None:
        for name in _LEARNED:
            self.__dict__.pop(name, None)

    @contextlib.contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        before = {name: self.__dict__[name] for name in _LEARNED & self.__dict__.keys()}
        try:
            yield
        except BaseException:
            self._forget()
            self.__dict__.update(before)
            raise

    def _network(self) -> Network:
        taught = self.__dict__.get("_taught")
        return taught.network if taught else load_network(self.model)

    def _teach(self) -> _Taught:
        network, support = self._network(), self.support_
        return _Taught(network, network.functions.adapt(support.images, support.labels))

    def _memory(self) -> TaskMemory:
        """What was made of the examples; again after unpickling."""
        if not hasattr(self, "_taught"):
            self._taught = self._teach()
        return self._taught.task_memory

    def _answer(self, queries: np.ndarray) -> dict[str, tf.Tensor]:
        return self._network().functions.answer(self._memory(), queries)

    def _probabilities(self, queries: np.ndarray) -> np.ndarray:
        return self._answer(queries)["probabilities"].numpy()

    def _familiarity(self, queries: np.ndarray) -> np.ndarray:
        functions = self._network().functions
        return functions.familiarity(self._memory(), queries).numpy()

    def __getstate__(self) -> dict[str, Any]:
        """Leaves out what TensorFlow holds; `_memory` makes it again."""
        state = dict(super().__getstate__())
        state.pop("_taught", None)
        return state

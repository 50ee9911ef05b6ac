"""OneShotClassifier: a scikit-learn classifier taught by a picture of each class."""

import copy
import numbers
import os
import pathlib
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from metanet_tf.data.pictures import MAX_PIXELS, PictureError
from metanet_tf.data.pictures.folders import find_pictures
from metanet_tf.evaluation.rejection import threshold_for
from metanet_tf.model_source import EXPORTS, Kind
from metanet_tf.one_shot.answers import Answer, TopK, best_classes
from metanet_tf.one_shot.arguments import (
    as_sequence,
    check_settings,
    checked_labels,
    is_one_picture,
    is_path,
    is_rows,
    is_text,
)
from metanet_tf.one_shot.explanation import explanation_figure
from metanet_tf.one_shot.loaded_model import (
    LoadedModel,
    ModelFiles,
    load_again,
    load_model,
)
from metanet_tf.one_shot.pictures import Prepared, prepare, warn_of_blank
from metanet_tf.one_shot.support import (
    Support,
    check_several_classes,
    extend_support,
)
from metanet_tf.one_shot.support_folder import read_support_folder
from metanet_tf.one_shot.tables import pictures_of_rows, scale_of_rows
from metanet_tf.saved_model import TaughtClasses, TaughtClassifier, export_taught
from metanet_tf.utils.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NONE_OF_THESE = "none of these"
_LEARNED = (
    *("classes_", "support_", "n_features_in_", "feature_names_in_"),
    *("_row_scale", "_origin", "_taught"),
)


class _Taught(NamedTuple):
    """A model and what it made of the examples.

    They belong together: meanwhile a run that goes on may have a better model.

    Attributes:
        model: the model.
        memory: a `TaskMemory`; None while there is one class.
    """

    model: LoadedModel
    memory: Any


class _Origin(NamedTuple):
    """The model that examples were prepared for: as it was named, and its files."""

    model: str | os.PathLike
    files: ModelFiles


class OneShotClassifier(ClassifierMixin, BaseEstimator):
    """Names pictures by the classes of a few examples; teaching takes no training.

    `X` is a list of pictures: paths, contents of files, files opened with mode "rb",
    images of Pillow, arrays [h, w] or [h, w, channels]; or an array [n, h, w] or
    [n, h, w, channels]; or, to answer about, a folder, which stands for the pictures in
    it and in its folders, sorted. One picture that is in no list is a list of one. So
    is an array [h, w], unless rows were taught: an array [n, d] given to `fit` with n
    classes has a square picture in each row, and so has every array [n, d] from then
    on. Numbers of rows are scaled by the smallest and the largest that `fit` saw. A
    picture in a list is always a picture.

    Args:
        model: name of a pretrained model; or a folder: of one, of a run, of an
            export, or of numbered exports, of which the highest counts. A name is a
            pretrained model before it is a folder; "./NAME" is always a folder.
        ink: "dark" or "light", compared with the paper; "detect": whichever it is.
        reject: whether `predict` answers the reject label for pictures that look
            less like an example than the threshold.
        threshold: of `max_similarity`, in [-1, 1]; None: the model's own for that
            many classes.
        reject_label: label for "none of these"; None: the text "none of these", or
            -1 for classes that are numbers, or less than the smallest if that is
            negative.
        max_pixels: largest width times height of a picture, >= 1.

    Attributes:
        classes_: names of the classes, sorted.
        support_: the examples.
        n_features_in_: numbers in a row, if the examples were rows.

    Raises:
        InputError: in every method, if the model or an argument cannot be used, or
            the model is not the one that was taught; the classifier is then as it
            was before.
        sklearn.exceptions.NotFittedError: in those that answer, before it is taught.
    """

    def __init__(
        self,
        model: str | os.PathLike = "omniglot",
        *,
        ink: str = "detect",
        reject: bool = False,
        threshold: float | None = None,
        reject_label: Any = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self.model = model
        self.ink = ink
        self.reject = reject
        self.threshold = threshold
        self.reject_label = reject_label
        self.max_pixels = max_pixels

    @classmethod
    def from_pretrained(cls, name: str, **settings: Any) -> "OneShotClassifier":
        """Makes one on a model that comes with the package, or a folder of one."""
        load_model(name, [Kind.PRETRAINED])
        return cls(name, **settings)

    @classmethod
    def from_train_dir(
        cls, train_dir: str | os.PathLike, **settings: Any
    ) -> "OneShotClassifier":
        """Makes one on the best model of a training run."""
        load_model(train_dir, [Kind.RUN])
        return cls(train_dir, **settings)

    @classmethod
    def from_saved_model(
        cls, export_dir: str | os.PathLike, **settings: Any
    ) -> "OneShotClassifier":
        """Makes one on a model that `bin/export` has written.

        One of taught classes has them: it answers at once, and `partial_fit` adds to
        its examples.
        """
        loaded = load_model(export_dir, EXPORTS)
        taught = loaded.taught
        if taught is None:
            return cls(export_dir, **settings)
        made = cls(
            export_dir, **{"ink": taught.ink, "threshold": taught.threshold, **settings}
        )
        sources = [f"example {index} of {export_dir}" for index in taught.labels]
        made._learn(
            loaded,
            Support(taught.images, np.array(taught.names)[taught.labels], sources),
        )
        return made

    def fit(self, X: Any, y: Any = None) -> "OneShotClassifier":
        """Learns the classes of examples, and forgets others.

        Args:
            X: pictures; or a folder with a picture, or a folder of pictures, for
                each class; or what `prepare` returned.
            y: class of each, text or numbers; none for a folder.
        """
        taught = copy.copy(self)
        taught._forget()
        taught._add(X, y)
        check_several_classes(taught.support_)
        self.__dict__ = taught.__dict__
        return self

    def partial_fit(self, X: Any, y: Any = None, classes: Any = None) -> Any:
        """Adds examples, of new classes or of those there are; keeps the others.

        The first may be of one class, but there is no answer before there are two.

        Args:
            X: as in `fit`.
            y: as in `fit`; of the kind of those before: text or numbers.
            classes: all that `y` may hold; `classes_` are those with an example.
        """
        taught = copy.copy(self)
        taught._add(X, y, classes)
        self.__dict__ = taught.__dict__
        return self

    def prepare(
        self, X: Any, *, unreadable: Callable[[PictureError], None] | None = None
    ) -> Prepared:
        """Reads pictures once; all other methods take the result in place of `X`.

        Args:
            X: pictures.
            unreadable: is told of each picture that cannot be read, which is left
                out; None: raise its error.
        """
        return self._prepare(X, unreadable=unreadable)

    def answer(self, X: Any) -> Answer:
        """Returns all that is known of pictures."""
        prepared = self._queries(X)
        found = self._found(prepared)
        threshold = self._threshold()
        similarity = found["max_similarity"]
        return Answer(
            self.classes_[np.argmax(found["probabilities"], axis=-1)],
            found["probabilities"],
            similarity,
            found["attention_weights"],
            None if threshold is None else similarity >= threshold,
            prepared.is_blank,
        )

    def predict(self, X: Any) -> np.ndarray:
        """Returns the class of each picture, [n]; the reject label where rejected."""
        answer = self._warned_answer(X)
        if not self.reject:
            return answer.classes
        is_known = answer.max_similarity >= self.rejection_threshold()
        classes = answer.classes
        if classes.dtype.kind == "u":  # The reject label may be less than 0.
            classes = classes.astype(np.int64)
        # An array of its own type, which may need more letters or bits.
        return np.where(is_known, classes, np.array(self._reject_label()))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Returns probabilities of `classes_`, float32 [n, N]; rows sum to 1."""
        return self._warned_answer(X).probabilities

    def top_k(self, X: Any, k: int = 3) -> TopK:
        """Returns the `k` most probable classes of pictures, or all if there are less.

        Args:
            X: pictures.
            k: number of classes, >= 1.
        """
        if not isinstance(k, numbers.Integral) or k < 1:
            raise InputError(
                f"`k` must be a whole number, at least 1. Received: {k!r}. Change it."
            )
        return best_classes(self._warned_answer(X).probabilities, self.classes_, k)

    def max_similarity(self, X: Any) -> np.ndarray:
        """Returns each picture's largest cosine to an example, float32 [n].

        It compares the network's representations of both, and is in [-1, 1].
        """
        return self._warned_answer(X).max_similarity

    def attention(self, X: Any) -> np.ndarray:
        """Returns the attention that each example of `support_` got, float32 [n, S].

        Rows sum to 1.
        """
        return self._warned_answer(X).attention_weights

    def rejection_threshold(self) -> float:
        """Returns the similarity below which a picture is of no taught class."""
        check_is_fitted(self)
        threshold = self._threshold()
        if threshold is None:
            raise InputError(
                f"`threshold` must be given for a model without one. Received: None; "
                f"{self.model} is not calibrated. Set `threshold`, or use a "
                "pretrained model."
            )
        return threshold

    def explain(self, X: Any) -> "Figure":
        """Draws the examples that the network looked at for one picture."""
        prepared = self._queries(X)
        if len(prepared.images) != 1:
            raise InputError(
                "`X` must be one picture. Received: "
                f"{len(prepared.images)}. Explain one after the other."
            )
        answer = self._warned_answer(prepared)
        return explanation_figure(
            prepared.images[0],
            self.support_,
            probabilities=answer.probabilities[0],
            attention_weights=answer.attention_weights[0],
            is_ink=self._loaded().is_ink,
        )

    def export(
        self, export_dir: str | os.PathLike, *, litert: bool = False
    ) -> pathlib.Path:
        """Writes a SavedModel of the taught classes; see `saved_model.export_taught`.

        Returns:
            Its folder, the next of 1, 2, ... in `export_dir`.
        """
        check_is_fitted(self)
        self._check_settings()
        support = self.support_
        check_several_classes(support)
        if "n_features_in_" in self.__dict__:
            warnings.warn(
                "An export is asked for pictures, not for rows of "
                f"{self.n_features_in_} numbers. Reshape rows to [n, height, width].",
                UserWarning,
                stacklevel=2,
            )
        names = tuple(self.classes_.tolist())
        classes = TaughtClasses(
            support.images, support.labels, names, self.ink, self.threshold
        )
        taught = TaughtClassifier(self._loaded().module, classes)
        return export_taught(taught, str(export_dir), litert=litert)

    def _add(self, X: Any, y: Any, classes: Any = None) -> None:
        """Learns examples beside those there are."""
        model, before = self._loaded(), self.__dict__.get("support_")
        is_table = is_rows(X)
        prepared, names = self._examples(X, y)
        _check_among(names, classes)
        warn_of_blank(prepared)
        # In a table, as of any data, equal rows of two classes are no mistake.
        support = extend_support(before, prepared, names, may_be_ambiguous=is_table)
        self._learn(model, support)

    def _learn(self, model: LoadedModel, support: Support) -> None:
        self.support_, self.classes_ = support, support.class_names
        self._origin = _Origin(self.model, model.files)
        self._taught = self._teach(model)

    def _teach(self, model: LoadedModel) -> _Taught:
        support = self.support_
        if len(self.classes_) < 2:
            return _Taught(model, None)
        return _Taught(model, model.module.adapt(support.images, support.labels))

    def _forget(self) -> None:
        for name in _LEARNED:
            self.__dict__.pop(name, None)

    def _examples(self, X: Any, y: Any) -> tuple[Prepared, np.ndarray]:
        if is_path(X) and (y is None or os.path.isdir(X)):
            if y is not None:
                raise InputError(
                    "`y` must not be given with a folder, which names the classes. "
                    f"Received: both, with {X}. Leave it out."
                )
            X, y = read_support_folder(X)
        elif y is not None and np.asarray(y).ndim == 0:  # One picture and its class.
            X, y = [X], [y]
        prepared = self._prepare(X, is_teaching=True)
        return prepared, checked_labels(y, len(prepared.images))

    def _queries(self, X: Any) -> Prepared:
        check_is_fitted(self)
        return self._prepare(X)

    def _prepare(
        self,
        X: Any,
        *,
        is_teaching: bool = False,
        unreadable: Callable[[PictureError], None] | None = None,
    ) -> Prepared:
        self._check_settings()
        if isinstance(X, Prepared):
            return X
        num_features = self.__dict__.get("n_features_in_")
        if not is_teaching and is_path(X) and os.path.isdir(X):
            X = find_pictures(pathlib.Path(X)) or [X]
        elif not is_teaching and is_one_picture(X, num_features):
            X = [X]
        elif is_rows(X):
            X = self._pictures_of_rows(X, is_first=is_teaching and num_features is None)
        else:
            X = as_sequence(X)
        return prepare(
            self._loaded().module,
            X,
            self.ink,
            max_pixels=self.max_pixels,
            unreadable=unreadable,
        )

    def _check_settings(self) -> None:
        check_settings(
            ink=self.ink, threshold=self.threshold, max_pixels=self.max_pixels
        )

    def _pictures_of_rows(self, X: Any, *, is_first: bool) -> np.ndarray:
        """Makes pictures of rows; the first that are taught set the scale."""
        rows = validate_data(self, X, reset=is_first)
        if is_first:
            self._row_scale = scale_of_rows(rows)
        return pictures_of_rows(rows, self.__dict__.get("_row_scale"))

    def _loaded(self) -> LoadedModel:
        """Returns the model that was taught; before that, the one to be taught."""
        if "_origin" not in self.__dict__:
            return load_model(self.model)
        if self.model != self._origin.model:
            raise InputError(
                "`model` must be the one that the classifier was taught with. "
                f"Received: {self.model}, and before {self._origin.model}. Call fit "
                "again, or set it back."
            )
        if "_taught" not in self.__dict__:
            self._taught = self._teach(load_again(self._origin.files, self.model))
        return self._taught.model

    def _found(self, prepared: Prepared) -> dict[str, np.ndarray]:
        """Asks the model."""
        check_several_classes(self.support_)
        module = self._loaded().module
        found = module.answer(self._taught.memory, prepared.images)
        return {name: np.asarray(value) for name, value in found.items()}

    def _warned_answer(self, X: Any) -> Answer:
        prepared = self._queries(X)
        warn_of_blank(prepared)
        return self.answer(prepared)

    def _threshold(self) -> float | None:
        if self.threshold is not None:
            return self.threshold
        n_way, num_support = len(self.classes_), len(self.support_.images)
        return threshold_for(self._loaded().rejections, n_way, num_support / n_way)

    def _reject_label(self) -> Any:
        if np.ndim(self.reject_label):
            raise InputError(
                "`reject_label` must be one label. Received: "
                f"{self.reject_label!r}. Change it."
            )
        if self.reject_label is not None:
            return self.reject_label
        if not is_text(self.classes_):
            return min(-1, int(np.floor(self.classes_.min())) - 1)
        if NONE_OF_THESE in self.classes_:
            raise InputError(
                "`reject_label` must be given where a class has its default. "
                f"Received: None, and a class {NONE_OF_THESE!r}. Set it."
            )
        return NONE_OF_THESE

    def __getstate__(self) -> dict[str, Any]:
        """Leaves out what TensorFlow holds; `_loaded` makes it again."""
        state = dict(super().__getstate__())
        state.pop("_taught", None)
        return state

    def __copy__(self) -> "OneShotClassifier":
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> "OneShotClassifier":
        """Shares what TensorFlow holds, which never changes."""
        copied = object.__new__(type(self))
        for name, value in self.__dict__.items():
            is_shared = name == "_taught"
            copied.__dict__[name] = value if is_shared else copy.deepcopy(value, memo)
        return copied

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # Tables of other things than pictures.
        return tags


def _check_among(names: np.ndarray, classes: Any) -> None:
    unknown = [] if classes is None else sorted(set(names) - set(classes))
    if unknown:
        raise InputError(
            "`classes` must hold every class in `y`. Received: none that is "
            f"{unknown[0]}. Add it, or leave `classes` out."
        )

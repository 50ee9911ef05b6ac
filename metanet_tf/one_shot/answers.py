"""Answers about pictures, as a classifier gives them."""

from typing import NamedTuple

import numpy as np


class Answer(NamedTuple):
    """All that is known of n pictures, from one embedding of each.

    Attributes:
        classes: most probable class of each, [n].
        probabilities: of the N classes, float32 [n, N]; rows sum to 1.
        max_similarity: largest cosine to an example, float32 [n] in [-1, 1].
        attention_weights: of the S examples, float32 [n, S]; rows sum to 1.
        is_known: whether each looks like an example, bool [n]; False is "none of
            these". None if there is no threshold.
        is_blank: whether no ink was found, bool [n].
    """

    classes: np.ndarray
    probabilities: np.ndarray
    max_similarity: np.ndarray
    attention_weights: np.ndarray
    is_known: np.ndarray | None
    is_blank: np.ndarray


class TopK(NamedTuple):
    """The k most probable classes of each picture, best first.

    Attributes:
        names: [n, k].
        probabilities: float32 [n, k].
    """

    names: np.ndarray
    probabilities: np.ndarray


def best_classes(probabilities: np.ndarray, classes: np.ndarray, k: int) -> TopK:
    """Returns the `k` most probable of `classes` in each row, or all if less."""
    order = np.argsort(-probabilities, axis=-1, kind="stable")[:, :k]
    return TopK(classes[order], np.take_along_axis(probabilities, order, axis=-1))

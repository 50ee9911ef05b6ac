"""Parts that the plots have in common."""

from collections.abc import Sequence

import numpy as np

from metanet_tf.experiments.experiment import Row

OURS, PAPER = "#2a6f9d", "#b0b0b0"


def percent(rows: Sequence[Row]) -> np.ndarray:
    """Measured accuracies in %."""
    return np.array([100.0 * row.ours.value for row in rows])


def half_widths(rows: Sequence[Row]) -> np.ndarray:
    """Half-widths of the 95 % intervals in %, 0 where there is no interval."""
    return np.nan_to_num([100.0 * row.ours.half_width for row in rows])


def papers(rows: Sequence[Row]) -> np.ndarray:
    """The paper's numbers, NaN where it has none: those are not drawn."""
    return np.array([np.nan if row.paper is None else row.paper for row in rows])

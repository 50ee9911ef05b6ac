"""A picture of what the network looked at to name another."""

from typing import TYPE_CHECKING

import numpy as np

from metanet_tf.data.pictures.folders import printable
from metanet_tf.figures import SUPPORT, draw_image, new_figure
from metanet_tf.one_shot.support import Support

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, SHOWN = 5, 20
LOOKED_AT = "#1f6fb4"
# In units of one image's width.
PITCH, GAP = 1.4, 0.6


def explanation_figure(
    image: np.ndarray,
    support: Support,
    *,
    probabilities: np.ndarray,
    attention_weights: np.ndarray,
    is_ink: bool,
) -> "Figure":
    """Draws a picture with its answer, and the examples most looked at.

    The more an example was looked at, the bluer is its frame.

    Args:
        image: float32 [H, W, C].
        support: S examples of N classes.
        probabilities: float32 [N].
        attention_weights: float32 [S].
        is_ink: as in `draw_image`.
    """
    order = np.argsort(-attention_weights, kind="stable")[:SHOWN]
    rows = -(-len(order) // COLUMNS)
    figure = new_figure(width=9.0, height=1.0 + 1.3 * rows)
    axes = figure.subplots()
    best = int(np.argmax(probabilities))
    answer = _note(support.class_names[best], probabilities[best])
    draw_image(axes, image, 0, 0, SUPPORT, answer, is_ink=is_ink)
    for place, index in enumerate(order):
        row, column = divmod(place, COLUMNS)
        note = _note(support.classes[index], attention_weights[index])
        share = attention_weights[index] / max(attention_weights[order[0]], 1e-9)
        draw_image(
            axes,
            support.images[index],
            1 + GAP + column,
            row,
            _frame(share),
            note,
            is_ink=is_ink,
        )
    _finish(axes, rows)
    return figure


def _note(name: object, share: float) -> str:
    """Returns a class and its share; Matplotlib would read mathematics between $."""
    return f"{printable(name)}: {share:.0%}".replace("$", r"\$")


def _frame(share: float) -> str:
    """Colour between light grey, for no attention, and LOOKED_AT, for most."""
    from matplotlib.colors import to_hex, to_rgb

    grey, blue = np.array(to_rgb("#dddddd")), np.array(to_rgb(LOOKED_AT))
    return to_hex(grey + share * (blue - grey))


def _finish(axes: "Axes", rows: int) -> None:
    axes.set(
        xlim=(-0.1, PITCH * (1 + GAP + COLUMNS)),
        ylim=(PITCH * rows + 0.1, -0.4),
        aspect="equal",
    )
    axes.set_axis_off()
    axes.set_title(
        "answer, and the examples by the attention they got", fontsize=10, loc="left"
    )

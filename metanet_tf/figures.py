"""Figures of a task with its answers and attention, and of confusions."""

import functools
from typing import TYPE_CHECKING

import numpy as np

from metanet_tf.data.episodes import Episode
from metanet_tf.model import Prediction

# Matplotlib takes a second to import and is needed only when something is drawn.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

RIGHT, WRONG, SUPPORT = "#2a9d4a", "#d1342f", "#444444"
CLASSES_SHOWN, SHOTS_SHOWN, QUERIES_SHOWN = 10, 5, 5
# In units of one image's width.
PITCH, SPACE_BELOW_SUPPORT = 1.4, 0.2


def episode_figure(
    episode: Episode, prediction: Prediction, *, is_ink: bool
) -> "Figure":
    """Draws a task: support above, answered queries below, attention beside.

    A column holds one class. Under a query stands the class that was answered,
    green if it is right and red if it is not.

    Args:
        episode: one task.
        prediction: answers to its queries.
        is_ink: as in `draw_image`.
    """
    figure = new_figure(width=11.0, height=5.6)
    tiles, attention = figure.subplots(1, 2)
    answers = np.argmax(prediction.logits, axis=-1)
    _draw_images(tiles, episode, answers, is_ink=is_ink)
    _draw_attention(attention, episode, np.asarray(prediction.attention_weights))
    return figure


def confusion_figure(confusion: np.ndarray) -> "Figure":
    """Draws which labels were answered for which, as shares of each row.

    Args:
        confusion: counts, int [n_way, n_way]; row: true label, column: answer.
    """
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    figure = new_figure(width=5.4, height=4.8)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    figure.colorbar(image, ax=axes, label="share of the class's queries")
    axes.set(xlabel="answered label", ylabel="true label")
    return figure


def to_array(figure: "Figure") -> np.ndarray:
    """Renders a figure as uint8 [1, height, width, 3]."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[np.newaxis, :, :, :3]


def new_figure(width: float, height: float) -> "Figure":
    """Makes an empty figure of a size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=100, layout="constrained")


def _draw_images(
    axes: "Axes", episode: Episode, answers: np.ndarray, *, is_ink: bool
) -> None:
    support_labels = np.asarray(episode.support_labels)
    query_labels = np.asarray(episode.query_labels)
    classes = np.unique(support_labels)[:CLASSES_SHOWN]
    shots = min(np.bincount(support_labels).max(), SHOTS_SHOWN)
    queries = min(np.bincount(query_labels).max(), QUERIES_SHOWN)
    first_query_row = shots + SPACE_BELOW_SUPPORT
    draw = functools.partial(draw_image, axes, is_ink=is_ink)
    for label in classes:
        for row, index in enumerate(_of_class(support_labels, label)[:shots]):
            image = episode.support_images[index]
            draw(image, label, row, SUPPORT, "")
        for row, index in enumerate(_of_class(query_labels, label)[:queries]):
            image, answer = episode.query_images[index], answers[index]
            color = RIGHT if answer == label else WRONG
            place = label, first_query_row + row
            draw(image, *place, color, str(answer))
    _label_images(axes, classes, shots, queries)


def draw_image(
    axes: "Axes",
    image: np.ndarray,
    column: float,
    row: float,
    color: str,
    note: str,
    *,
    is_ink: bool,
) -> None:
    """Draws an image in a frame with a note below.

    Args:
        axes: to draw on.
        image: float [H, W, 1 or 3] in [0, 1].
        column: in units of `PITCH`.
        row: in units of `PITCH`.
        color: of the frame.
        note: text.
        is_ink: whether 1 is ink, drawn dark on white, or light.
    """
    left, top = PITCH * column, PITCH * row
    image = np.asarray(image)
    axes.imshow(
        image if image.shape[-1] == 3 else np.mean(image, axis=-1),
        cmap="gray_r" if is_ink else "gray",
        vmin=0.0,
        vmax=1.0,
        extent=(left, left + 1, top + 1, top),
    )
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) + [left, top]
    axes.plot(*corners.T, color=color, linewidth=1.6)
    middle = left + 0.5, top + 1.2
    axes.text(*middle, note, color=color, fontsize=7, ha="center", va="center")


def _label_images(axes: "Axes", classes: np.ndarray, shots: int, queries: int) -> None:
    first_query_row = shots + SPACE_BELOW_SUPPORT
    axes.set(
        xlim=(-0.1, PITCH * len(classes)),
        ylim=(PITCH * (first_query_row + queries), -0.1),
        xticks=PITCH * np.arange(len(classes)) + 0.5,
        xticklabels=[str(label) for label in classes],
        xlabel="class",
    )
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_yticks(
        PITCH * np.array([shots / 2, first_query_row + queries / 2]) - 0.2,
        labels=["support", "query: answer"],
        rotation=90,
        va="center",
    )
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _draw_attention(axes: "Axes", episode: Episode, weights: np.ndarray) -> None:
    """Draws attention_weights [L, N] with queries and support sorted by class."""
    support_labels = np.asarray(episode.support_labels)
    query_labels = np.asarray(episode.query_labels)
    support_order = np.argsort(support_labels, kind="stable")
    query_order = np.argsort(query_labels, kind="stable")
    image = axes.imshow(
        weights[query_order][:, support_order],
        cmap="magma",
        vmin=0.0,
        aspect="auto",
        interpolation="nearest",
    )
    axes.figure.colorbar(image, ax=axes, label="attention weight")
    _tick_classes(axes.xaxis, support_labels)
    _tick_classes(axes.yaxis, query_labels)
    _draw_lines_between_classes(axes, support_labels, query_labels)
    axes.set(xlabel="support, by class", ylabel="queries, by true class")
    axes.set_title("attention of queries to support", fontsize=10)


def _draw_lines_between_classes(
    axes: "Axes", support_labels: np.ndarray, query_labels: np.ndarray
) -> None:
    for end in np.cumsum(np.bincount(support_labels))[:-1]:
        axes.axvline(end - 0.5, color="white", linewidth=0.5)
    for end in np.cumsum(np.bincount(query_labels))[:-1]:
        axes.axhline(end - 0.5, color="white", linewidth=0.5)


def _tick_classes(axis: "Axis", labels: np.ndarray) -> None:
    """Names each class in the middle of its run of sorted labels."""
    ends = np.cumsum(np.bincount(labels))
    middles = (ends + np.concatenate([[0], ends[:-1]]) - 1) / 2
    axis.set_ticks(middles, labels=[str(label) for label in range(len(ends))])
    axis.set_tick_params(length=0)


def _of_class(labels: np.ndarray, label: int) -> np.ndarray:
    return np.flatnonzero(labels == label)

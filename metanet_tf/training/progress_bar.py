"""The line that a person watches during training."""

import collections
import io
import sys
import time
from typing import Any

import numpy as np
from tqdm import tqdm

from metanet_tf.training.step import Metrics
from metanet_tf.utils.task_bar import drawing_seconds

SMOOTHED_STEPS = 100


class ProgressBar:
    """Shows loss and accuracies, mean of the last 100 steps, speed and time left.

    Metrics stay on the device until the line is drawn, so that the next step need
    not wait for them.

    Args:
        step: steps made before.
        steps: steps to make in all.
        episodes_per_step: episodes are what is counted.
        is_shown: False for nothing at all.
    """

    def __init__(
        self, step: int, steps: int, episodes_per_step: int, is_shown: bool = True
    ) -> None:
        self._is_shown = is_shown
        self._episodes_per_step = episodes_per_step
        self._total = steps * episodes_per_step
        self._pending: list[Metrics] = []
        self._pending_steps = 0
        self._recent: collections.deque = collections.deque(maxlen=SMOOTHED_STEPS)
        self._is_terminal = sys.stderr.isatty()
        self._drawing_seconds = drawing_seconds()
        self._drawn = time.monotonic()
        self._bar = tqdm(
            total=self._total,
            initial=step * episodes_per_step,
            unit=" episodes",
            desc="training",
            disable=not is_shown,
            mininterval=0.0,
            dynamic_ncols=True,
            # In a file a bar cannot be drawn over itself; see `_draw`.
            file=sys.stderr if self._is_terminal else io.StringIO(),
        )

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: Any) -> None:
        if self._pending:
            self._draw()
        self._bar.close()

    def add(
        self, metrics: Metrics, steps: int = 1, seconds_left: float | None = None
    ) -> None:
        """Counts steps; draws if the last drawing is old enough.

        Args:
            metrics: of the last step.
            steps: how many were made.
            seconds_left: until training stops, if its time is limited.
        """
        if not self._is_shown:
            return
        self._pending.append(metrics)
        self._pending_steps += steps
        if time.monotonic() - self._drawn >= self._drawing_seconds:
            self._draw()
            self._expect_end(seconds_left)

    def write(self, message: str) -> None:
        """Prints a line above the bar."""
        if self._is_shown:
            tqdm.write(message, file=sys.stderr)

    def _draw(self) -> None:
        for metrics in self._pending:
            values = metrics["loss"], metrics["accuracy"], metrics["attention_accuracy"]
            self._recent.append([float(value) for value in values])
        finite = [x for x in self._recent if np.isfinite(x).all()] or self._recent
        loss, accuracy, attention = np.mean(finite, axis=0)
        self._bar.set_postfix_str(
            f"loss {loss:.3f}, accuracy {accuracy:.1%}, attention {attention:.1%}",
            refresh=False,
        )
        self._bar.update(self._pending_steps * self._episodes_per_step)
        self._pending.clear()
        self._pending_steps = 0
        if not self._is_terminal:
            self.write(str(self._bar))
        self._drawn = time.monotonic()

    def _expect_end(self, seconds_left: float | None) -> None:
        """Makes the bar count up to what can be reached in the time left."""
        if seconds_left is None:
            return
        done = self._bar.n - self._bar.initial
        more = done / self._bar.format_dict["elapsed"] * max(seconds_left, 0.0)
        self._bar.total = min(self._total, self._bar.n + round(more))

"""The way up that a picture is meant: EXIF says so, and its pixels may lie."""

import numpy as np

TAG = 0x0112  # Of EXIF's entry.
UPRIGHT = 1
# Steps through rows and columns for values 1 to 4; the same transposed for 5 to 8.
STEPS = ((1, 1), (1, -1), (-1, -1), (-1, 1))


def turn_upright(pixels: np.ndarray, orientation: object) -> np.ndarray:
    """Turns and mirrors [h, w, channels] as EXIF's `orientation` says.

    What is no integer in [1, 8] says nothing.
    """
    if orientation not in range(1, 2 * len(STEPS) + 1):
        return pixels
    place = int(orientation) - 1  # type: ignore[call-overload]
    rows, columns = STEPS[place % len(STEPS)]
    if place >= len(STEPS):
        pixels = pixels.transpose(1, 0, 2)
    return pixels[::rows, ::columns]

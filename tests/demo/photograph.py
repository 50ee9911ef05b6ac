"""Takes the picture of the page that the README shows.

python -m tests.demo.photograph docs/demo.png
"""

import base64
import io
import math
import socket
import sys
import tempfile
import threading

import uvicorn
from PIL import Image

from metanet_tf.config import DemoConfig
from metanet_tf.demo.app import make_app
from metanet_tf.demo.initial_classes import InitialClasses
from metanet_tf.demo.teacher import Teacher
from tests.demo.browser import Page, chromium, lines

_WINDOW = (1180, 900)
_PIXELS = 1.5  # Of the picture, for one of the page.
_COLOURS = 128


def arc(x, y, radius, begin, end, height=None, steps=24):
    """Points of a part of an ellipse; `begin` and `end` in turns."""
    height = radius if height is None else height
    angles = [
        2 * math.pi * (begin + (end - begin) * i / steps) for i in range(steps + 1)
    ]
    return [(x + radius * math.cos(t), y + height * math.sin(t)) for t in angles]


def spiral(x, y, radius, turns, steps=60):
    """Points from the middle of a spiral outwards, to below it."""
    shares = [i / steps for i in range(steps + 1)]
    angles = [2 * math.pi * (turns * share + 0.25 - turns) for share in shares]
    return [
        (x + radius * s * math.cos(t), y + radius * s * math.sin(t))
        for s, t in zip(shares, angles, strict=True)
    ]


SHAPES = {
    "fish": [
        arc(0.42, 0.5, 0.28, 0.06, 0.94, height=0.19)
        + lines((0.68, 0.44), (0.86, 0.34), (0.86, 0.66), (0.68, 0.57)),
        arc(0.28, 0.44, 0.012, 0, 1),
    ],
    "house": [
        lines((0.22, 0.84), (0.23, 0.45), (0.5, 0.18), (0.78, 0.45), (0.77, 0.83)),
        lines((0.22, 0.84), (0.77, 0.83)),
        lines((0.43, 0.83), (0.44, 0.6), (0.58, 0.6), (0.58, 0.83)),
    ],
    "snail": [
        spiral(0.58, 0.47, 0.24, 1.9)
        + lines((0.56, 0.72), (0.24, 0.74), (0.14, 0.68), (0.13, 0.52)),
        lines((0.16, 0.64), (0.24, 0.48)),
    ],
    "tree": [
        lines((0.5, 0.86), (0.51, 0.2)),
        lines((0.5, 0.52), (0.3, 0.34)),
        lines((0.51, 0.5), (0.66, 0.42), (0.74, 0.26)),
        lines((0.5, 0.34), (0.4, 0.2)),
    ],
    "cup": [
        lines((0.2, 0.3), (0.26, 0.76), (0.58, 0.77), (0.64, 0.3), (0.2, 0.3)),
        arc(0.63, 0.48, 0.18, -0.22, 0.24, height=0.14),
    ],
    "star": [
        lines((0.3, 0.86), (0.5, 0.12), (0.7, 0.85), (0.14, 0.4), (0.86, 0.39)),
        lines((0.86, 0.39), (0.3, 0.86)),
    ],
    "wave": [
        [(0.1 + 0.8 * i / 40, 0.5 - 0.2 * math.sin(i / 40 * 12.6)) for i in range(41)]
    ],
    "key": [
        arc(0.26, 0.48, 0.15, 0, 1),
        lines((0.41, 0.48), (0.86, 0.49), (0.86, 0.66)),
        lines((0.7, 0.49), (0.7, 0.62)),
    ],
}


def again(strokes):
    """A shape as a hand draws it another time: smaller, lower, leaning."""
    return [
        [
            (0.53 + 0.88 * (x - 0.5) + 0.07 * (y - 0.5), 0.53 + 0.92 * (y - 0.5))
            for x, y in stroke
        ]
        for stroke in strokes
    ]


def photograph(page):
    """Teaches eight classes, asks about one; returns the picture."""
    page.resize(*_WINDOW)
    for index, (name, strokes) in enumerate(SHAPES.items()):
        if index == len(page.names()):
            page.press(page.one("#add-class"))
        page.rename(index, name)
        page.draw(page.example(index), *strokes)
    page.ask(*again(SHAPES["snail"]))
    page.run("document.activeElement.blur(); scrollTo(0, 0);")
    width, height = page.run(
        "return [innerWidth, document.querySelector('main').offsetHeight]"
    )
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": _PIXELS}
    taken = page.driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True}
    )
    picture = Image.open(io.BytesIO(base64.b64decode(taken["data"])))
    return picture.convert("RGB").quantize(_COLOURS)


def main(path):
    """Writes the picture to a file."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = make_app(Teacher(DemoConfig().model), InitialClasses())
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    threading.Thread(target=server.run, args=[[listener]], daemon=True).start()
    with tempfile.TemporaryDirectory() as downloads, chromium(downloads) as driver:
        page = Page(driver, f"http://127.0.0.1:{listener.getsockname()[1]}")
        photograph(page).save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

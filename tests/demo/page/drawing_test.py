"""Drawing with mouse, finger and keys, in Chromium."""

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.demo.browser import CIRCLE, CROSS, ZIGZAG, lines

_IS_DARK = "return matchMedia('(prefers-color-scheme: dark)').matches;"


def test_mouse_draws(page):
    page.draw(page.example(0), lines((0.1, 0.1), (0.9, 0.5)))
    (stroke,) = page.strokes()
    assert stroke[:2] == pytest.approx([100, 100], abs=10)
    assert stroke[-2:] == pytest.approx([900, 500], abs=10)


def test_keys_draw(page):
    page.run("arguments[0].focus()", page.example(0))
    keys = [Keys.ARROW_LEFT, Keys.SPACE, *[Keys.ARROW_DOWN] * 3, Keys.SPACE]
    ActionChains(page.driver).send_keys(*keys, Keys.ARROW_RIGHT).perform()
    assert page.strokes() == [[460, 500, 460, 540, 460, 580, 460, 620]]


def test_undo_takes_the_last_stroke_and_clear_all(page):
    page.draw(page.example(0), *CROSS, *ZIGZAG)
    before = page.strokes()
    page.press(page.one("#classes .undo"))
    assert page.strokes() == before[:2]
    page.press(page.one("#classes .clear"))
    assert page.strokes() == []


def test_undo_takes_clear_and_upload_back(page, picture, tmp_path):
    page.draw(page.example(0), *CROSS)
    before = page.strokes()
    page.press(page.one("#classes .clear"))
    page.press(page.one("#classes .undo"))
    assert page.strokes() == before
    (tmp_path / "a.png").write_bytes(picture(0))
    page.upload(".class", tmp_path / "a.png")
    page.wait(lambda: page.all(".has-picture"))
    page.press(page.one("#classes .undo"))
    assert page.strokes() == before
    assert page.all(".has-picture") == []


def test_mouse_that_comes_from_outside_does_not_draw(page):
    left, top, right, bottom = page.box(page.example(0))
    middle = (left + right) / 2
    page.drag([(middle, top - 20), (middle, top + 40), (middle, bottom + 20)])
    assert page.strokes() == []


def test_stroke_that_the_system_takes_away_is_none(page):
    page.draw(page.example(0), CROSS[0])
    page.draw(page.example(0), CROSS[1], lift=False)
    page.run(
        "arguments[0].dispatchEvent("
        "new PointerEvent('pointercancel', { pointerId: 1, bubbles: true }))",
        page.example(0),
    )
    page.lift()
    assert len(page.strokes()) == 1


def test_a_slow_hand_leaves_few_points(page):
    slow = lines((0.2, 0.5), (0.4, 0.5), steps=200)
    page.draw(page.example(0), slow)
    (stroke,) = page.strokes()
    assert len(stroke) // 2 <= 51
    assert stroke[-2] == pytest.approx(400, abs=10)


def test_colours_change_under_the_pen(page):
    pad = page.example(0)
    page.draw(pad, *ZIGZAG, lift=False)
    page.prefer("dark")
    page.wait(lambda: page.run(_IS_DARK))
    page.draw(pad, *CIRCLE)
    assert len(page.strokes()) == 1


def test_all_drawings_change_their_colours(page):
    page.teach_two()
    page.ask(*CIRCLE)
    page.prefer("dark")
    page.wait(lambda: page.run(_IS_DARK))
    strongest = """
    const inked = [...document.querySelectorAll("canvas")].slice(0, 2);
    inked.push(document.querySelector("#query canvas"));
    inked.push(document.querySelector("#looked-at canvas"));
    const pixels = (canvas) => {
      const { width, height } = canvas;
      // Of a copy made to be read: the page's own are not, and Chromium says so.
      const context = new OffscreenCanvas(width, height)
        .getContext("2d", { willReadFrequently: true });
      context.drawImage(canvas, 0, 0);
      return context.getImageData(0, 0, width, height).data;
    };
    const reds = (canvas) => pixels(canvas).filter((v, i) => i % 4 == 0);
    return inked.map((canvas) => reds(canvas).reduce((a, b) => Math.max(a, b)));
    """
    page.wait(lambda: min(page.run(strongest)) > 200)

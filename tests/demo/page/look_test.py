"""Sizes, colours and order of the page, in Chromium."""

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.demo.browser import CIRCLE, CROSS

WINDOWS = [(1200, 800), (1000, 500), (820, 1180), (768, 1024), (640, 360), (390, 844)]
WINDOWS += [(320, 568), (320, 256)]


def _fill(page):
    """Ten classes with long names and an answer."""
    page.teach_two()
    page.rename(0, "W" * 40)
    page.rename(1, "A name of several words that is long too")
    page.press(page.one(".add-example"))
    page.draw(page.example(1), *CROSS)
    for _ in range(7):
        page.press(page.one("#add-class"))
    page.run(
        "const key = 'metanet-demo', kept = JSON.parse(localStorage[key]);"
        "kept.classes.slice(2).forEach(({ examples: [first] }, i) => {"
        "  first.strokes = [[100, 100 + 80 * i, 900, 900 - 50 * i]]; });"
        "localStorage[key] = JSON.stringify(kept);"
    )
    page.reload()
    page.ask(*CIRCLE)
    assert len(page.all("#probabilities li")) == 10


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_page_fits_its_window(page, window):
    page.resize(*window)
    _fill(page)
    needed, there_is = page.run(
        "const { scrollWidth, clientWidth } = document.documentElement;"
        "return [scrollWidth, clientWidth];"
    )
    assert needed <= there_is <= window[0]
    widths = [pad.size["width"] for pad in page.all("main .pad")]
    assert min(widths) >= 110
    _, top, _, bottom = page.box(page.one(".ask"))
    assert bottom - top <= window[1]
    for element in page.all(".ask, .ask .pad, .verdict, .class"):
        left, _, right, _ = page.box(element)
        assert left >= 0 and right <= there_is


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_nothing_moves_when_an_error_is_shown(page, window):
    page.resize(*window)
    page.teach_two()
    elements = page.all("header, .class, .ask, #query, .teach > .actions")
    _scroll_up(page)
    before = [page.box(element) for element in elements]
    page.run("window.fetch = () => Promise.reject(new Error())")
    page.press(page.one("#start-over"))
    page.wait(lambda: page.one("#error").is_displayed())
    _scroll_up(page)
    assert [page.box(element) for element in elements] == before


def _scroll_up(page):
    page.run("scrollTo(0, 0)")


def test_nothing_moves_when_a_card_says_what_is_wrong(page):
    page.draw(page.example(0), *CIRCLE)
    page.wait(lambda: any(page.notes()))
    before = [page.box(card) for card in page.all(".class")]
    page.draw(page.example(1), *CROSS)
    page.wait(lambda: not any(page.notes()))
    assert [page.box(card) for card in page.all(".class")] == before


@pytest.mark.parametrize("window", [(1200, 800), (390, 844), (320, 568)], ids=str)
@pytest.mark.parametrize("is_phone", [False, True])
def test_what_is_pressed_is_large_enough(page, window, is_phone):
    (page.be_phone if is_phone else page.resize)(*window)
    page.reload()
    page.press(page.one(".add-example"))
    page.press(page.one(".remove-class"))  # It offers to take that back.
    page.run("window.fetch = () => Promise.reject(new Error())")
    page.press(page.one("#start-over"))
    page.wait(lambda: page.one("#error").is_displayed())
    small = page.run(_SMALL)
    assert small == []
    if is_phone:
        page.run("document.getElementById('close-error').click()")
        page.tap(page.example(0))
        assert page.run(_SMALL) == []


def test_keys_reach_everything_in_order(page):
    page.run("document.activeElement.blur()")
    reached = []
    for _ in range(26):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        focused = page.driver.switch_to.active_element
        reached.append(focused.get_attribute("aria-label") or focused.text)
    example = "example of Class 1"
    keys = ": arrows move the pen, Space puts it down and lifts it"
    assert reached[:9] == [
        "Add a class",
        "Start over",
        "Name of class Class 1",
        "Remove class Class 1",
        example + keys,
        f"Undo the last change of {example}",
        f"Clear {example}",
        f"Upload a picture for {example}",
        "Example: add another of Class 1",
    ]
    assert reached[23:] == [
        "Save the examples",
        "Export the model",
        "the new drawing" + keys,
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_frames_stand_out(page, scheme):
    page.prefer(scheme)
    page.teach_two()
    page.ask(*CIRCLE)
    page.press(page.all(".remove-class")[2])
    page.answer()
    texts = page.run(_LUMINANCE + _TEXTS)
    assert len(texts) > 20
    assert {text: contrast for text, contrast in texts if contrast < 4.5} == {}
    frames = page.run(_LUMINANCE + _FRAMES)
    assert {"class", "ask", "frame", "message", "probability-bar"} <= {
        f[0] for f in frames
    }
    assert [frame for frame in frames if frame[1] < 3] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_and_notes_stand_out(page, scheme):
    page.prefer(scheme)
    page.draw(page.example(0), *CIRCLE)
    page.wait(lambda: any(page.notes()))
    page.run("document.getElementById('start-over').focus()")
    for _ in range(3):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
    frames = page.run(_LUMINANCE + _FRAMES)
    assert any(frame[0] == "pad" for frame in frames)  # Its outline.
    assert [frame for frame in frames if frame[1] < 3] == []
    texts = page.run(_LUMINANCE + _TEXTS)
    assert {text: contrast for text, contrast in texts if contrast < 4.5} == {}


_SMALL = """
const boxes = (e) => { const { width, height } = e.getBoundingClientRect();
  return [e.className || e.id, width, height]; };
const isShown = (e) => e.checkVisibility() && !e.matches(".visually-hidden");
return [...document.querySelectorAll("button, input, .icon, .pad, a, [tabindex]")]
  .filter(isShown).map(boxes).filter(([, w, h]) => Math.min(w, h) < 44);
"""

# Contrasts of colours with what is behind them, as WCAG defines them.
_LUMINANCE = """
const parts = (colour) => {
  const numbers = colour.match(/[\\d.]+/g).map(Number);
  const scale = colour.startsWith("color(") ? 1 : 255;
  return numbers.map((v, i) => (i < 3 ? v / scale : v));
};
const luminance = (colour) => {
  const [r, g, b] = parts(colour)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (...colours) => {
  const values = colours.map(luminance);
  return (Math.max(...values) + 0.05) / (Math.min(...values) + 0.05);
};
const isClear = (colour) => parts(colour)[3] === 0;
const background = (element) => {
  const colour = getComputedStyle(element).backgroundColor;
  return isClear(colour) ? background(element.parentElement) : colour;
};
const all = [...document.body.querySelectorAll("*")].filter((e) => e.checkVisibility());
"""
_TEXTS = """
const hasText = (element) => element.value ||
  [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
return all.filter(hasText).map((element) => [element.value || element.textContent,
  contrast(getComputedStyle(element).color, background(element))]);
"""
# Borders, outlines, and shadows that are lines: those without blur.
_FRAMES = """
const lines = (style) => [
  ...(parseFloat(style.borderTopWidth) ? [style.borderTopColor] : []),
  ...(style.outlineStyle !== "none" ? [style.outlineColor] : []),
  ...style.boxShadow.split(/,(?![^(]*\\))/).map((s) => s.trim())
    .filter((s) => / 0px 0px 0px /.test(s))
    .map((s) => s.match(/^[a-z]+\\([^)]*\\)/)[0]),
];
return all.flatMap((element) => lines(getComputedStyle(element))
  .filter((colour) => !isClear(colour))
  .map((colour) => [element.className.split?.(" ")[0],
                    contrast(colour, background(element.parentElement))]));
"""

"""Way of a drawing to its answer, in Chromium."""

import re

import pytest

from metanet_tf.config import DemoConfig
from metanet_tf.demo.app import make_app
from metanet_tf.demo.initial_classes import InitialClasses
from metanet_tf.demo.teacher import Teacher
from metanet_tf.pretrained import pretrained_names
from tests.demo.browser import CIRCLE, CROSS, SCRIBBLE, STATIC, ZIGZAG, lines

# What the panel says and when, in milliseconds after the pen touched the pad.
_RECORD = """
window.seen = []; let start = null;
const panel = document.getElementById("answer");
document.querySelector("#query .pad").addEventListener("pointerdown", (event) => {
  start ??= event.timeStamp; }, { capture: true });
new MutationObserver(() => {
  if (start === null) return;  // The page may still say that it has been taught.
  seen.push([performance.now() - start, document.getElementById("remark").textContent,
             document.getElementById("verdict-class").textContent]);
}).observe(panel, { childList: true, characterData: true, subtree: true });
"""


@pytest.fixture(scope="module")
def pretrained_address(serve):
    if DemoConfig().model not in pretrained_names():
        pytest.skip(f"The package holds no pretrained model {DemoConfig().model}.")
    return serve(make_app(Teacher(DemoConfig().model), InitialClasses()))


@pytest.fixture(scope="module")
def strange_address(serve, save_model):
    """Address of a page whose model finds everything unlike the examples."""
    return serve(make_app(Teacher(save_model(1.1)), InitialClasses()))


def test_three_shapes_are_named_when_they_are_drawn_again(
    open_page, pretrained_address
):
    page = open_page(pretrained_address)
    shapes = {"ring": CIRCLE, "zigzag": ZIGZAG, "cross": CROSS}
    for index, (name, strokes) in enumerate(shapes.items()):
        page.rename(index, name)
        page.draw(page.example(index), *strokes)
    for name, strokes in shapes.items():
        again = [
            [
                (0.53 + 0.9 * (x - 0.5), 0.48 + y * 0.04 + 0.92 * (y - 0.5))
                for x, y in stroke
            ]
            for stroke in strokes
        ]
        assert page.ask(*again) == name
        assert f"attention was on {name}" in page.text("figcaption")
        page.press(page.one("#query .clear"))
        page.wait(lambda: not page.text("#announcement"))
    assert page.ask(*SCRIBBLE) == "None of these"


def test_first_answer_comes_within_a_second(open_page, pretrained_address):
    page = open_page(pretrained_address)
    page.teach_two()
    page.wait(lambda: "Now draw" in page.text("#remark"))
    page.run(_RECORD)
    page.ask(lines((0.2, 0.2), (0.8, 0.8), steps=3))
    seen = page.run("return seen")
    first_sign, remark, _ = seen[0]
    assert remark == "Looking …"
    assert first_sign < 100
    assert next(time for time, _, name in seen if name) < 1000


def test_answer_shows_probabilities_and_attention(page):
    page.teach_two()
    name, share = page.ask(*CIRCLE), page.text("#verdict-share")
    rows = [item.text.split("\n") for item in page.all("#probabilities li")]
    assert [row[0] for row in rows] == ["Class 1", "Class 2"]
    assert [name, share] == max(rows, key=lambda row: int(row[1].split()[0]))
    weights = [int(item.text.split()[0]) for item in page.all(".weight") if item.text]
    assert len(weights) == 2
    assert sum(weights) == pytest.approx(100, abs=1)
    assert page.looked_at() == "example of Class 1"
    assert "on Class 1" in page.text("figcaption")
    assert page.text("#announcement").startswith(f"{name} {share}.")


def test_answer_that_the_attention_does_not_support_says_so(page):
    page.teach_two()
    page.run(
        """
        const verdict = { class: "Class 1", probabilities: [0.8, 0.2],
                          attention: [[0.1], [0.9]], is_known: null };
        const body = JSON.stringify({ notes: [], remark: null, verdict });
        window.fetch = async () => new Response(body);
        """
    )
    assert page.ask(*CIRCLE) == "Class 1"
    assert page.text("#remark") == "But it looked mostly at Class 2: it is not sure."
    assert page.looked_at() == "example of Class 2"


def test_attention_is_summed_over_a_classs_examples(page):
    """0.6 of three examples of a class outweigh 0.4 of one of another."""
    page.teach_two()
    for index in (1, 2):
        page.press(page.one(".add-example"))
        page.draw(page.example(index), *CROSS[:index])
    page.run(
        """
        const verdict = { class: "Class 1", probabilities: [0.9, 0.1], is_known: true,
                          attention: [[0.1, 0.3, 0.2], [0.4]] };
        const body = JSON.stringify({ notes: [], remark: null, verdict });
        window.fetch = async () => new Response(body);
        """
    )
    page.ask(*CIRCLE)
    assert page.looked_at() == "example 2 of Class 1"
    assert page.text("figcaption").startswith("60 % of its attention was on Class 1")
    assert page.text("#remark") == ""


def test_answer_comes_before_the_stroke_ends(page):
    page.teach_two()
    page.draw(page.query, *CIRCLE, lift=False)
    page.wait(lambda: page.text("#verdict-class"))
    assert page.text("#announcement") == ""
    page.lift()
    assert page.answer() == page.text("#verdict-class")


def test_page_says_what_to_do_first(page):
    assert page.text("#remark") == "Draw an example of at least two classes first."
    page.teach_two()
    page.wait(lambda: "Now draw" in page.text("#remark"))


def _draw_more(page):
    page.draw(page.query, lines((0.1, 0.1), (0.2, 0.2)), lift=False)


def _teach_more(page):
    page.draw(page.example(2), lines((0.1, 0.1), (0.2, 0.2)), lift=False)


CHANGES = {
    "stroke": _draw_more,
    "undo": lambda page: page.press(page.one("#query .undo")),
    "example": _teach_more,
    "clear": lambda page: page.press(page.one(".clear")),
    "name": lambda page: page.rename(0, "other"),
    "class": lambda page: page.press(page.all(".remove-class")[1]),
    "start over": lambda page: page.press(page.one("#start-over")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_answer_vanishes_as_soon_as_it_is_of_the_past(page, change):
    page.teach_two()
    page.ask(*CROSS)
    if change != "start over":  # It asks for the classes to begin with.
        page.hold_requests()
    CHANGES[change](page)
    page.wait(lambda: page.text("#verdict") == "")
    assert page.text("#announcement") == ""
    assert page.text("figcaption") == ""
    assert "".join(page.text_of(".weight") + page.text_of(".probability-share")) == ""
    page.lift()
    if change != "start over":
        page.release_requests()


def test_answer_to_what_has_changed_since_is_not_shown(page):
    page.teach_two()
    page.wait(lambda: "Now draw" in page.text("#remark"))
    page.hold_requests()
    page.draw(page.query, *CIRCLE)
    page.wait(lambda: page.run("return asked") == 1)
    page.draw(page.query, *ZIGZAG, lift=False)
    page.run(
        "window.answers = []; new MutationObserver(() => answers.push(1)).observe("
        "document.getElementById('verdict'), {childList: true, subtree: true})"
    )
    page.run("held.splice(0).forEach((go) => go())")  # The first answer comes now.
    page.wait(lambda: page.run("return asked") == 2)
    assert page.text("#remark") == "Looking …"
    assert page.run("return answers") == []
    page.release_requests()
    page.lift()
    page.answer()


def test_strange_drawing_is_none_of_these(open_page, strange_address):
    page = open_page(strange_address)
    page.teach_two()
    assert page.ask(*SCRIBBLE) == "None of these"
    assert page.text("#verdict-share") == ""
    assert re.fullmatch(
        r"It is unlike every example; the nearest is .*, similarity -?\d\.\d\d\.",
        page.text("#remark"),
    )
    assert page.text("#announcement").startswith("None of these. It is unlike")
    assert page.all(".most, .best") == []


def test_blank_upload_is_said_where_it_was_put(page, picture, tmp_path):
    (tmp_path / "a.png").write_bytes(picture(0, ink=255))
    page.teach_two()
    page.upload("#query", tmp_path / "a.png")
    page.wait(lambda: page.text("#remark") == "This picture looks blank.")
    assert page.text("#verdict") == ""
    page.upload(".class:nth-child(3)", tmp_path / "a.png")
    page.wait(lambda: page.notes() == ["", "", "This picture looks blank."])


def test_nothing_is_read_from_a_canvas(open_page, address, driver):
    """Browsers that guard against fingerprints answer with noise, or nothing."""
    script = """
    window.read = 0;
    const noise = () => { read += 1; return "data:image/png;base64,"; };
    for (const name of ["toDataURL", "toBlob"])
      HTMLCanvasElement.prototype[name] = noise;
    for (const name of ["getImageData"])
      CanvasRenderingContext2D.prototype[name] = noise;
    OffscreenCanvas.prototype.convertToBlob = noise;
    window.createImageBitmap = noise;
    """
    added = driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": script}
    )
    try:
        page = open_page(address)
        page.teach_two()
        page.ask(*CIRCLE)
        assert page.looked_at() == "example of Class 1"
        assert page.run("return read") == 0
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_no_script_can_read_a_canvas():
    scripts = "".join(path.read_text() for path in STATIC.glob("*.js"))
    for name in ("toDataURL", "toBlob", "getImageData", "createImageBitmap"):
        assert name not in scripts

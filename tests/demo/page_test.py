"""The page in headless Chromium; skipped where that is not installed."""

import pathlib
import zipfile

import pytest
from PIL import Image

from metanet_tf.config import DemoConfig
from metanet_tf.demo.app import make_app
from metanet_tf.demo.start import Start, read_start
from metanet_tf.demo.teacher import Teacher
from metanet_tf.one_shot.support_folder import read_support_folder
from metanet_tf.pretrained import pretrained_names

selenium = pytest.importorskip("selenium", reason="selenium is not installed.")
from selenium.webdriver import ActionChains, Keys  # noqa: E402

from tests.demo.browser import CHROMIUM, DRIVER, Page, chromium, circle, lines  # noqa: E402

pytestmark = pytest.mark.skipif(
    not (pathlib.Path(CHROMIUM).exists() and pathlib.Path(DRIVER).exists()),
    reason="Chromium is not installed: apt-get install chromium chromium-driver.",
)

CIRCLE = [circle()]
ZIGZAG = [lines((0.15, 0.7), (0.35, 0.3), (0.5, 0.7), (0.65, 0.3), (0.85, 0.7))]
CROSS = [lines((0.2, 0.2), (0.8, 0.8)), lines((0.8, 0.2), (0.2, 0.8))]


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def driver(downloads):
    with chromium(downloads) as driver:
        yield driver


@pytest.fixture(scope="module")
def address(serve, teacher):
    return serve(make_app(teacher, Start()))


@pytest.fixture
def open_page(driver):
    """Function: opens an address; the page must load nothing else, nor complain."""
    opened = []

    def open_page(address):
        opened.append(Page(driver, address))
        opened[0].resize(1200, 800)
        opened[0].prefer("light")
        return opened[0]

    yield open_page
    (page,) = opened
    assert page.take_messages() == []
    schemes = (page.address, "data:", "blob:")
    assert [url for url in page.take_requests() if not url.startswith(schemes)] == []


@pytest.fixture
def page(open_page, address):
    return open_page(address)


def _teach_two(page):
    page.draw(page.example(0), *CIRCLE)
    page.draw(page.example(1), *ZIGZAG)


@pytest.mark.skipif(
    DemoConfig().model not in pretrained_names(),
    reason=f"The package holds no pretrained model {DemoConfig().model}.",
)
def test_three_shapes_are_named_when_they_are_drawn_again(open_page, serve):
    page = open_page(serve(make_app(Teacher(DemoConfig().model), Start())))
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
        page.draw(page.query, *again)
        assert page.answer() == name
        assert page.text("figcaption").startswith(
            f"It looked mostly at this example of {name}"
        )
        page.one("#query .clear").click()
        page.wait(lambda: not page.text("#announcement"))


def test_answer_shows_probabilities_and_attention(page):
    _teach_two(page)
    page.draw(page.query, *CIRCLE)
    name, share = page.answer(), page.text("#verdict-share")
    rows = [item.text.split("\n") for item in page.all("#probabilities li")]
    assert [row[0] for row in rows] == ["Class 1", "Class 2"]
    assert [name, share] == max(rows, key=lambda row: int(row[1].split()[0]))
    weights = [int(item.text.split()[0]) for item in page.all(".weight") if item.text]
    assert len(weights) == 2
    assert sum(weights) == pytest.approx(100, abs=1)
    assert page.looked_at() == "example of Class 1"
    assert "this example of Class 1" in page.text("figcaption")
    assert page.text("#announcement").startswith(f"{name}, {share}.")


def test_answer_comes_before_the_stroke_ends(page):
    _teach_two(page)
    page.draw(page.query, *CIRCLE, lift=False)
    page.wait(lambda: page.text("#verdict-class"))
    assert page.text("#announcement") == ""
    page.draw(page.query, lines((0.5, 0.5), (0.6, 0.6)))
    assert page.answer() == page.text("#verdict-class")


def test_page_says_what_to_do_first(page):
    assert page.text("#remark") == "Draw an example of at least two classes first."
    _teach_two(page)
    page.wait(lambda: "Now draw" in page.text("#remark"))


def test_finger_draws(page):
    page.draw_by_finger(page.example(0), lines((0.1, 0.1), (0.9, 0.5)))
    page.wait(lambda: page.strokes())
    (stroke,) = page.strokes()
    assert stroke[:2] == pytest.approx([100, 100], abs=10)
    assert stroke[-2:] == pytest.approx([900, 500], abs=10)


def test_keys_draw(page):
    page.driver.execute_script("arguments[0].focus()", page.example(0))
    keys = [Keys.ARROW_LEFT, Keys.SPACE, *[Keys.ARROW_DOWN] * 3, Keys.SPACE]
    ActionChains(page.driver).send_keys(*keys, Keys.ARROW_RIGHT).perform()
    assert page.strokes() == [[460, 500, 460, 540, 460, 580, 460, 620]]


def test_undo_takes_the_last_stroke_and_clear_all(page):
    page.draw(page.example(0), *CROSS, *ZIGZAG)
    before = page.strokes()
    page.one("#classes .undo").click()
    assert page.strokes() == before[:2]
    page.one("#classes .clear").click()
    assert page.strokes() == []


def test_there_are_two_to_ten_classes(page):
    add = page.one("#add-class")
    for _ in range(7):
        add.click()
    assert page.names() == [f"Class {number}" for number in range(1, 11)]
    assert not add.is_enabled()
    page.all(".remove-class")[1].click()
    assert "Class 2" not in page.names()
    while removers := [b for b in page.all(".remove-class") if b.is_displayed()]:
        removers[0].click()
    assert page.names() == ["Class 9", "Class 10"]


def test_removed_class_is_no_longer_answered(page):
    _teach_two(page)
    page.draw(page.example(2), *CROSS)
    page.draw(page.query, *CIRCLE)
    page.wait(lambda: len(page.all("#probabilities li")) == 3)
    page.all(".remove-class")[1].click()
    page.wait(lambda: len(page.all("#probabilities li")) == 2)
    assert page.names() == ["Class 1", "Class 3"]


def test_class_takes_several_examples(page):
    _teach_two(page)
    page.one(".add-example").click()
    page.draw(page.example(1), *CROSS)
    page.draw(page.query, *CROSS)
    page.answer()
    assert page.looked_at() == "example 2 of Class 1"


def test_reload_keeps_what_was_taught(page):
    page.rename(0, "ring")
    _teach_two(page)
    strokes = page.strokes()
    page.reload()
    assert page.names() == ["ring", "Class 2", "Class 3"]
    assert page.strokes() == strokes
    page.draw(page.query, *CIRCLE)
    page.answer()
    assert page.looked_at() == "example of ring"


def test_start_over_forgets(page):
    page.rename(0, "ring")
    _teach_two(page)
    page.one("#start-over").click()
    page.wait(lambda: page.names() == ["Class 1", "Class 2", "Class 3"])
    assert page.strokes() == []


def test_uploaded_picture_is_named(page, picture, tmp_path):
    _teach_two(page)
    (tmp_path / "a.png").write_bytes(picture(0, 300))
    page.upload(".class:nth-child(3)", tmp_path / "a.png")
    drawn = Image.open(tmp_path / "a.png").convert("RGB")
    drawn.resize([800, 800]).save(tmp_path / "b.jpg")
    page.upload("#query", tmp_path / "b.jpg")
    page.answer()
    assert page.looked_at() == "example of Class 3"


def test_file_that_is_no_picture_is_named(page, tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    page.upload("#query", tmp_path / "a.png")
    page.wait(lambda: "a.png cannot be read" in page.text("#error"))


def test_servers_errors_are_shown(page):
    _teach_two(page)
    page.draw(page.query, *CIRCLE)
    page.rename(0, "a/b")
    page.wait(lambda: "class's name must have" in page.text("#error"))
    page.rename(0, "ab")
    page.wait(lambda: page.text("#error") == "")
    (message,) = page.take_messages()  # The browser notes every such answer.
    assert "400" in message


def test_examples_are_saved_to_start_with(page, downloads, serve, teacher, tmp_path):
    _teach_two(page)
    page.one("#save-examples").click()
    file = downloads / "my_classes.zip"
    page.wait(file.exists)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "my_classes"
    assert read_support_folder(folder)[1] == ["Class 1", "Class 2"]

    page.rename(0, "other")
    page.driver.get(serve(make_app(teacher, read_start(str(folder)))))
    page.wait(lambda: page.names() == ["Class 1", "Class 2"])
    pads = page.all("#classes .pad")
    assert all(pad.value_of_css_property("background-image") != "none" for pad in pads)
    page.take_requests()


@pytest.mark.parametrize("width", [360, 768, 1200])
def test_page_fits_its_window(page, width):
    page.resize(width, 800)
    page.rename(0, "W" * 40)
    _teach_two(page)
    page.one(".add-example").click()
    page.draw(page.query, *CIRCLE)
    page.answer()
    needed, there_is = page.driver.execute_script(
        "const { scrollWidth, clientWidth } = document.documentElement;"
        "return [scrollWidth, clientWidth];"
    )
    assert needed <= there_is <= width
    widths = [pad.size["width"] for pad in page.all(".pad")]
    assert min(widths) >= 110


def test_keys_reach_everything_in_order(page):
    page.driver.execute_script("document.activeElement.blur()")
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
        f"Undo the last stroke of {example}",
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
def test_text_stands_out(page, scheme):
    page.prefer(scheme)
    _teach_two(page)
    page.draw(page.query, *CIRCLE)
    page.answer()
    contrasts = page.driver.execute_script(_CONTRASTS)
    assert len(contrasts) > 20
    assert {text: c for text, c in contrasts if c < 4.5} == {}


def test_colours_change_under_the_pen(page):
    pad = page.example(0)
    page.draw(pad, *ZIGZAG, lift=False)
    page.prefer("dark")
    page.wait(lambda: page.driver.execute_script(_IS_DARK))
    page.draw(pad, *CIRCLE)
    assert len(page.strokes()) == 1


_IS_DARK = "return matchMedia('(prefers-color-scheme: dark)').matches;"

# Contrast of every text with the nearest background behind it, as WCAG defines it.
_CONTRASTS = """
const luminance = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const background = (element) => {
  const colour = getComputedStyle(element).backgroundColor;
  return /, 0\\)$/.test(colour) ? background(element.parentElement) : colour;
};
const hasText = (element) => element.checkVisibility() && (element.value ||
  [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
return [...document.body.querySelectorAll("*")].filter(hasText).map((element) => {
  const values = [getComputedStyle(element).color, background(element)].map(luminance);
  return [element.value || element.textContent,
          (Math.max(...values) + 0.05) / (Math.min(...values) + 0.05)];
});
"""

"""The page of a model of photographs, in Chromium."""

import base64

import pytest
from PIL import Image
from selenium.webdriver import Keys

from metanet_tf.demo.app import make_app
from metanet_tf.demo.initial_classes import InitialClasses
from metanet_tf.demo.teacher import Teacher
from tests.demo.browser import CIRCLE

NAMES = ("red", "green", "blue")
# Gives a tile a file as the browser does: event, selector, base64, name of the file.
_GIVE = """
const [kind, selector, content, name] = arguments;
const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
const files = new DataTransfer();
files.items.add(new File([bytes], name, { type: "image/png" }));
const target = document.querySelector(selector);
const event = kind === "paste"
  ? new ClipboardEvent(kind, { clipboardData: files, bubbles: true, cancelable: true })
  : new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true });
target.dispatchEvent(event);
return [event.defaultPrevented, document.querySelectorAll(".dropping").length];
"""


@pytest.fixture(scope="module")
def address(serve, photograph_model_dir):
    return serve(make_app(Teacher(photograph_model_dir), InitialClasses()))


@pytest.fixture
def file(photograph, tmp_path):
    """Function: a picture file of a colour."""

    def file(name, seed=0, kind="png"):
        path = tmp_path / f"{name}_{seed}.{kind}"
        Image.fromarray(photograph(name, seed)).save(path)
        return path

    return file


def _give(page, kind, selector, path):
    content = base64.b64encode(path.read_bytes()).decode()
    return page.run(_GIVE, kind, selector, content, path.name)


def _teach(page, file):
    for index, name in enumerate(NAMES):
        page.upload(f".class:nth-child({index + 1})", file(name))
        page.rename(index, name)
    page.wait(lambda: len(page.all("#classes .has-picture")) == 3)


def test_page_speaks_of_photographs(page):
    assert page.one("h1").text == "Teach by photographs"
    assert page.driver.title == "Teach by photographs – Meta Networks"
    assert "photograph of at least two classes" in page.text("#remark")
    assert page.one("#ask-title").text == "A new photograph"
    assert "draw" not in page.one("body").text.lower()
    labels = [pad.get_attribute("aria-label").lower() for pad in page.all(".pad")]
    assert not [label for label in labels if "draw" in label or "pen" in label]


def test_uploaded_photographs_are_named_by_their_colours(page, file):
    _teach(page, file)
    page.wait(lambda: "another photograph" in page.text("#remark"))
    for name in NAMES:
        page.upload("#query", file(name, seed=1, kind="jpg"))
        page.answer()
        assert page.looked_at() == f"example of {name}"
        page.press(page.one("#query .clear"))
        page.wait(lambda: not page.text("#announcement"))


def test_photographs_are_dropped_and_pasted(page, file):
    _teach(page, file)
    assert _give(page, "dragover", "#query .pad", file("green", 1)) == [True, 1]
    assert _give(page, "drop", "#query .pad", file("green", 1)) == [True, 0]
    page.answer()
    assert page.looked_at() == "example of green"
    # Whatever has no focus goes to the new photograph, as does what is pasted on it.
    for selector, name in (("body", "red"), ("#query .pad", "blue")):
        _give(page, "paste", selector, file(name, 1))
        page.wait(lambda name=name: page.all("#classes .most"))
        page.wait(lambda name=name: page.looked_at() == f"example of {name}")


def test_file_that_is_dropped_beside_a_tile_does_not_take_the_pages_place(page, file):
    assert _give(page, "drop", "h1", file("red"))[0]
    assert page.all(".has-picture") == []


def test_nothing_is_drawn_and_a_click_or_enter_chooses_a_file(page):
    page.run(
        "window.chosen = []; HTMLInputElement.prototype.click = function () {"
        " chosen.push(this.getAttribute('aria-label')); };"
    )
    page.draw(page.query, *CIRCLE)
    page.query.send_keys(Keys.ENTER)
    expected = ["Upload a picture for the new photograph"] * 2
    assert page.run("return chosen") == expected
    assert "empty" in page.one("#query .tile").get_attribute("class")


def test_photograph_is_shown_as_the_network_sees_it(page, file):
    page.upload("#query", file("red"))
    page.wait(lambda: page.all("#query .has-picture"))
    assert page.query.value_of_css_property("background-size") == "cover"
    assert page.query.get_attribute("role") == "button"


def test_photographs_are_kept_apart_from_drawings(page, file):
    _teach(page, file)
    page.reload()
    assert len(page.all("#classes .has-picture")) == 3
    assert page.run("return Object.keys(localStorage)") == ["metanet-demo-photographs"]


def test_phone_offers_its_camera_at_every_tile(page, file):
    assert not page.one("#query .camera").is_displayed()
    page.be_phone(390, 844)
    page.reload()
    for camera in page.all(".camera"):
        assert camera.is_displayed()
    taken = page.one(".class:nth-child(2) .camera input")
    assert taken.get_attribute("capture") == "environment"
    taken.send_keys(str(file("red")))
    page.wait(lambda: page.all(".class:nth-child(2) .has-picture"))
    page.run("HTMLInputElement.prototype.click = () => {};")
    page.tap(page.example(0))
    assert not page.one("#editor").is_displayed()
    width = page.run("return document.documentElement.scrollWidth")
    assert width <= 390

"""Cards of classes, what is said at them, and taking back, in Chromium."""

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.demo.browser import CIRCLE, CROSS, ZIGZAG

TWINS = ["The same picture is in Class 2.", "The same drawing is in Class 1."]


def test_there_are_two_to_ten_classes(page):
    add = page.one("#add-class")
    for _ in range(7):
        page.press(add)
    assert page.names() == [f"Class {number}" for number in range(1, 11)]
    assert not add.is_enabled()
    page.press(page.all(".remove-class")[1])
    assert "Class 2" not in page.names()
    while removers := [b for b in page.all(".remove-class") if b.is_displayed()]:
        page.press(removers[0])
    assert page.names() == ["Class 9", "Class 10"]


def test_removed_class_is_no_longer_answered(page):
    page.teach_two()
    page.draw(page.example(2), *CROSS)
    page.ask(*CIRCLE)
    assert len(page.all("#probabilities li")) == 3
    page.press(page.all(".remove-class")[1])
    page.wait(lambda: len(page.all("#probabilities li")) == 2)
    assert page.names() == ["Class 1", "Class 3"]


def test_class_takes_several_examples(page):
    page.teach_two()
    page.press(page.one(".add-example"))
    page.draw(page.example(1), *CROSS)
    page.ask(*CROSS)
    assert page.looked_at() == "example 2 of Class 1"


def test_reload_keeps_what_was_taught(page):
    page.rename(0, "ring")
    page.teach_two()
    strokes = page.strokes()
    page.reload()
    assert page.names() == ["ring", "Class 2", "Class 3"]
    assert page.strokes() == strokes
    page.ask(*CIRCLE)
    assert page.looked_at() == "example of ring"


def test_same_drawing_in_two_classes_is_said_at_both(page):
    page.teach_two()
    page.draw(page.example(2), *CROSS)
    page.run(  # The very same: a hand cannot.
        "const key = 'metanet-demo', kept = JSON.parse(localStorage[key]);"
        "kept.classes[1].examples = kept.classes[0].examples;"
        "localStorage[key] = JSON.stringify(kept);"
    )
    page.reload()
    page.wait(lambda: page.notes() == [*TWINS, ""])
    assert "in two classes" in page.text("#remark")
    page.draw(page.query, *CIRCLE)
    page.wait(lambda: "in two classes" in page.text("#remark"))
    assert page.text("#verdict") == ""
    page.draw(page.example(1), *ZIGZAG)
    page.answer()
    assert page.notes() == ["", "", ""]


def test_one_class_alone_is_said_at_the_next(page):
    page.draw(page.example(1), *CIRCLE)
    needed = "Draw here too: it takes two classes."
    page.wait(lambda: page.notes() == [needed, "", ""])
    page.draw(page.example(0), *CROSS)
    page.wait(lambda: page.notes() == ["", "", ""])


@pytest.mark.parametrize(
    ("name", "note"),
    [("a/b", "class's name must have"), ("class 1", "different names")],
)
def test_name_that_cannot_be_is_said_at_its_card(page, name, note):
    page.teach_two()
    page.draw(page.query, *CIRCLE)
    page.answer()
    page.rename(1, name)
    page.wait(lambda: note in page.notes()[1])
    assert page.notes()[0] == page.notes()[2] == ""
    assert not page.one("#error").is_displayed()
    page.rename(1, "ab")
    page.answer()
    assert page.notes() == ["", "", ""]
    assert "400" in " ".join(page.take_messages())  # The browser notes such answers.


def test_names_have_a_tooltip_where_they_are_cut(page):
    name = "W" * 40
    page.rename(0, name)
    page.teach_two()
    page.ask(*CIRCLE)
    cut = page.run(
        "return [...document.querySelectorAll('main *')].filter("
        "(e) => getComputedStyle(e).textOverflow === 'ellipsis' && "
        "e.scrollWidth > e.clientWidth && !e.matches('.visually-hidden'))"
        ".map((e) => [e.className, e.title])"
    )
    assert sorted(cut) == [["name", name], ["probability-name", name]]


class TestTakingBack:
    """Removals and starting over are taken back."""

    def test_removed_class_comes_back_to_its_place(self, page):
        page.rename(1, "zigzag")
        page.teach_two()
        strokes = page.strokes(1)
        page.press(page.all(".remove-class")[1])
        assert page.names() == ["Class 1", "Class 3"]
        assert page.text("#offer-text") == "Removed zigzag."
        page.press(page.one("#undo-removal"))
        assert page.names() == ["Class 1", "zigzag", "Class 3"]
        assert page.strokes(1) == strokes
        assert not page.one("#offer").is_displayed()

    def test_removed_example_comes_back(self, page):
        page.press(page.one(".add-example"))
        page.draw(page.example(0), *CIRCLE)
        page.draw(page.example(1), *CROSS)
        page.press(page.one("#classes .remove-example"))
        assert len(page.strokes()) == 2
        page.press(page.one("#undo-removal"))
        assert len(page.strokes()) == 1
        assert len(page.all("#classes .pad")) == 4

    def test_starting_over_is_taken_back(self, page):
        page.rename(0, "ring")
        page.teach_two()
        page.ask(*CIRCLE)
        page.press(page.one("#start-over"))
        page.wait(lambda: page.names() == ["Class 1", "Class 2", "Class 3"])
        assert page.strokes() == []
        assert page.text("#remark").startswith("Draw an example")
        page.press(page.one("#undo-removal"))
        page.answer()
        assert page.names() == ["ring", "Class 2", "Class 3"]
        assert page.looked_at() == "example of ring"
        page.reload()
        assert page.names()[0] == "ring"

    def test_keys_reach_it_at_once(self, page):
        page.run("arguments[0].focus()", page.all(".remove-class")[1])
        ActionChains(page.driver).send_keys(Keys.ENTER).perform()
        assert page.names() == ["Class 1", "Class 3"]
        assert page.driver.switch_to.active_element.text == "Undo"
        ActionChains(page.driver).send_keys(Keys.ENTER).perform()
        assert page.names() == ["Class 1", "Class 2", "Class 3"]

    def test_offer_goes_after_some_seconds(self, page):
        page.hasten()
        page.press(page.all(".remove-class")[1])
        assert page.one("#offer").is_displayed()
        page.move_mouse((1, 700))
        page.wait(lambda: not page.one("#offer").is_displayed())

    def test_offer_stays_while_one_is_at_it(self, page):
        page.hasten()
        page.run("arguments[0].focus()", page.all(".remove-class")[1])
        ActionChains(page.driver).send_keys(Keys.ENTER).pause(0.5).perform()
        assert page.one("#offer").is_displayed()

    def test_there_are_never_more_than_ten_classes(self, page):
        for _ in range(7):
            page.press(page.one("#add-class"))
        page.press(page.one(".remove-class"))
        page.press(page.one("#add-class"))
        assert not page.one("#offer").is_displayed()
        assert len(page.names()) == 10

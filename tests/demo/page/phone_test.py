"""The page on a telephone, drawn on by fingers, in Chromium."""

import pytest

from tests.demo.browser import CIRCLE, CROSS, ZIGZAG, lines

PHONES = [(390, 844), (320, 568), (844, 390), (568, 320)]


@pytest.fixture(params=PHONES, ids=str)
def phone(page, request):
    page.be_phone(*request.param)
    page.reload()
    return page


def _draw_example(page, index, *strokes):
    page.tap(page.example(index))
    page.draw_by_finger(page.one("#editor .pad"), *strokes)
    page.tap(page.one("#editor .done"))


def _scroll_to(page, y):
    page.run("scrollTo(0, arguments[0])", y)


def _scrolled(page):
    return page.run("return scrollY")


def test_tap_opens_a_large_pad_to_draw_on(phone):
    phone.tap(phone.example(0))
    pad = phone.one("#editor .pad")
    assert pad.size["width"] >= 230
    phone.draw_by_finger(pad, lines((0.1, 0.1), (0.9, 0.5)))
    phone.tap(phone.one("#editor .done"))
    assert not phone.one("#editor").is_displayed()
    (stroke,) = phone.strokes()
    assert stroke[:2] == pytest.approx([100, 100], abs=10)
    assert stroke[-2:] == pytest.approx([900, 500], abs=10)


def test_large_pad_is_in_the_window_with_all_that_belongs_to_it(phone):
    phone.tap(phone.example(0))
    width, height = phone.run("return [innerWidth, innerHeight]")
    for element in phone.all(
        "#editor .pad, #editor .icon:not([hidden]), #editor .done"
    ):
        left, top, right, bottom = phone.box(element)
        assert left >= 0 and top >= 0 and right <= width and bottom <= height


def test_fingers_teach_and_ask(phone):
    _draw_example(phone, 0, *CIRCLE)
    _draw_example(phone, 1, *ZIGZAG)
    phone.draw_by_finger(phone.query, *CIRCLE)
    phone.answer()
    assert phone.looked_at() == "example of Class 1"


def test_thumb_that_scrolls_over_examples_does_not_draw(phone):
    phone.run("arguments[0].scrollIntoView()", phone.one(".class"))
    before = _scrolled(phone)
    left, top, right, _ = phone.box(phone.example(0))
    x, y = (left + right) / 2, top + 30
    at = "return document.elementFromPoint(...arguments).className"
    assert phone.run(at, x, y) == "pad"
    phone.swipe([(x, y + step) for step in range(0, 90, 6)])
    phone.wait(lambda: _scrolled(phone) < before)
    assert [phone.strokes(index) for index in range(3)] == [[], [], []]
    assert not phone.one("#editor").is_displayed()


def test_thumb_that_comes_from_beside_the_pad_does_not_draw(phone):
    left, top, right, bottom = phone.box(phone.query)
    y = (top + bottom) / 2
    start = left - 6 if left > 200 else right + 12
    end = (left + right) / 2
    steps = [start + (end - start) * step / 12 for step in range(13)]
    phone.swipe([(x, y) for x in steps])
    assert phone.one("#query .tile").get_attribute("class").split() == ["tile", "empty"]


def test_drawing_does_not_scroll(phone):
    _scroll_to(phone, 60)
    before = _scrolled(phone)
    phone.draw_by_finger(phone.query, lines((0.5, 0.9), (0.5, 0.1), steps=20))
    assert _scrolled(phone) == before
    assert "empty" not in phone.one("#query .tile").get_attribute("class")


def test_swipe_over_an_uploaded_picture_keeps_it(phone, picture, tmp_path):
    (tmp_path / "a.png").write_bytes(picture(0))
    phone.upload("#query", tmp_path / "a.png")
    phone.wait(lambda: phone.all("#query .has-picture"))
    phone.draw_by_finger(phone.query, *CIRCLE)
    assert phone.all("#query .has-picture")


def test_pad_and_answer_are_in_sight_whatever_is_scrolled(phone):
    _draw_example(phone, 0, *CIRCLE)
    _draw_example(phone, 1, *ZIGZAG)
    for _ in range(7):
        phone.tap(phone.one("#add-class"))
    assert len(phone.names()) == 10
    phone.draw_by_finger(phone.query, *CROSS)
    phone.answer()
    height = phone.run("return innerHeight")
    for y in (0, 300, 10_000):
        _scroll_to(phone, y)
        for element in (phone.query, phone.one("#verdict")):
            _, top, _, bottom = phone.box(element)
            assert 0 <= top < bottom <= height


def test_every_card_can_be_reached_beside_the_panel(phone):
    """The last thing of the cards' column is not under the panel at the end."""
    _scroll_to(phone, 10_000)
    _, _, right, bottom = phone.box(phone.one("#export-model"))
    left, top, _, _ = phone.box(phone.one(".ask"))
    assert bottom <= top or right <= left


def test_example_is_removed_in_the_large_pad(page):
    page.be_phone(390, 844)
    page.reload()
    page.tap(page.one(".add-example"))
    _draw_example(page, 1, *CIRCLE)
    page.tap(page.example(0))
    page.tap(page.one("#editor .remove-example"))
    assert not page.one("#editor").is_displayed()
    assert len(page.strokes()) == 1
    page.tap(page.one("#undo-removal"))
    assert len(page.all("#classes .pad")) == 4

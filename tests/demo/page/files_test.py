"""Uploads and downloads, in Chromium."""

import zipfile

import pytest
from PIL import Image
from selenium.webdriver import Keys

from metanet_tf.demo.app import make_app
from metanet_tf.demo.initial_classes import read_initial_classes
from metanet_tf.one_shot.support_folder import read_support_folder
from tests.demo.browser import CIRCLE


def test_uploaded_picture_is_named(page, picture, tmp_path):
    page.teach_two()
    (tmp_path / "a.png").write_bytes(picture(0, 300))
    page.upload(".class:nth-child(3)", tmp_path / "a.png")
    drawn = Image.open(tmp_path / "a.png").convert("RGB")
    drawn.resize([800, 800]).save(tmp_path / "b.jpg")
    page.upload("#query", tmp_path / "b.jpg")
    page.answer()
    assert page.looked_at() == "example of Class 3"


@pytest.mark.parametrize("format", ["gif", "tif", "bmp", "webp"])
def test_formats_that_the_browser_may_not_know_are_read(
    page, picture, tmp_path, format
):
    page.teach_two()
    (tmp_path / "a.png").write_bytes(picture(0))
    Image.open(tmp_path / "a.png").save(tmp_path / f"b.{format}")
    page.upload(".class:nth-child(3)", tmp_path / "a.png")
    page.upload("#query", tmp_path / f"b.{format}")
    page.answer()
    assert page.looked_at() == "example of Class 3"


def test_files_that_are_chosen_together_are_examples_of_one_class(
    page, picture, tmp_path
):
    files = [tmp_path / f"{index}.png" for index in range(7)]
    for index, file in enumerate(files):
        file.write_bytes(picture(index))
    files[1].write_text("no picture")
    page.teach_two()
    page.upload(".class:nth-child(3)", *files)
    tile = ".class:nth-child(3) .tile:nth-child({})"
    page.wait(lambda: "1.png" in page.text(tile.format(2) + " .note"))
    page.wait(lambda: "5.png, 6.png" in page.text(tile.format(5) + " .note"))
    assert len(page.all(".class:nth-child(3) .tile.has-picture")) == 4
    assert "400" in " ".join(page.take_messages())


@pytest.mark.parametrize("tile", ["#query", ".class:nth-child(2)"])
def test_file_that_is_no_picture_is_named_where_it_was_put(page, tmp_path, tile):
    (tmp_path / "a.png").write_text("no picture")
    page.upload(tile, tmp_path / "a.png")
    page.wait(lambda: "a.png" in page.text(f"{tile} .note"))
    page.draw(page.one(f"{tile} .pad"), *CIRCLE)
    page.wait(lambda: page.text(f"{tile} .note") == "")
    assert "400" in " ".join(page.take_messages())


def test_upload_shows_that_it_is_read(page, picture, tmp_path):
    (tmp_path / "a.png").write_bytes(picture(0))
    page.hold_requests()
    page.upload("#query", tmp_path / "a.png")
    assert page.text("#query .note") == "Reading a.png …"
    page.release_requests()
    page.wait(lambda: page.text("#query .note") == "")


def test_examples_are_saved_to_start_with(page, downloads, serve, teacher, tmp_path):
    page.teach_two()
    page.press(page.one("#save-examples"))
    file = downloads / "my_classes.zip"
    page.wait(file.exists)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "my_classes"
    assert read_support_folder(folder)[1] == ["Class 1", "Class 2"]

    page.rename(0, "other")
    page.driver.get(serve(make_app(teacher, read_initial_classes(str(folder)))))
    page.wait(lambda: page.names() == ["Class 1", "Class 2"])
    pads = page.all("#classes .pad")
    assert all(pad.value_of_css_property("background-image") != "none" for pad in pads)
    page.take_requests()


@pytest.mark.parametrize(
    ("button", "busy", "done"),
    [
        ("#save-examples", "Saving …", "Saved"),
        ("#export-model", "Exporting …", "Exported"),
    ],
)
def test_download_shows_how_far_it_is(page, button, busy, done):
    page.teach_two()
    page.wait(lambda: "Now draw" in page.text("#remark"))
    idle, width = page.text(button), page.one(button).size["width"]
    page.hold_requests("new Response('a file')")
    page.press(page.one(button))
    assert page.text(button) == busy
    assert page.one(button).get_attribute("aria-busy") == "true"
    assert page.one(button).get_attribute("aria-disabled") == "true"
    page.one(button).send_keys(Keys.ENTER)  # It keeps the focus, and does nothing.
    page.press(page.one(button))
    assert page.run("return asked") == 1
    page.release_requests()
    page.wait(lambda: page.text(button) == done)
    assert page.one(button).size["width"] == width
    page.wait(lambda: page.text(button) == idle)
    assert page.one(button).get_attribute("aria-disabled") == "false"


def test_file_outlives_the_click(page):
    """Safari reads it some time later."""
    page.run(
        "window.revoked = 0; URL.revokeObjectURL = () => { revoked += 1; };"
        "window.later = []; const soon = setTimeout; window.setTimeout = (f, ms) =>"
        " ms > 10_000 ? later.push([ms, f]) : soon(f, ms);"
    )
    page.teach_two()
    page.press(page.one("#save-examples"))
    page.wait(lambda: page.text("#save-examples") == "Saved")
    assert page.run("return [revoked, later.length, later[0][0] >= 60_000]") == [
        0,
        1,
        True,
    ]
    assert page.run("later[0][1](); return revoked") == 1


def test_download_of_one_class_says_what_is_missing(page):
    page.draw(page.example(0), *CIRCLE)
    page.press(page.one("#export-model"))
    page.wait(lambda: "at least two classes" in page.text("#error"))
    assert page.text("#export-model") == "Export the model"


def test_failure_is_shown_until_it_works_again(page):
    page.teach_two()
    page.run("window.real = fetch; window.fetch = () => Promise.reject(new Error())")
    page.draw(page.query, *CIRCLE)
    page.wait(lambda: "server does not answer" in page.text("#error"))
    assert page.text("#remark") == "There is no answer."
    page.press(page.one("#close-error"))
    assert not page.one("#error").is_displayed()
    page.run("window.fetch = real")
    page.draw(page.query, *CIRCLE)
    page.answer()
    assert not page.one("#error").is_displayed()

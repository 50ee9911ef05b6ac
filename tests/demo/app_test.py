import io
import json
import re
import urllib.error
import urllib.request
import zipfile

import pytest
import tensorflow as tf

from metanet_tf.demo.app import make_app
from metanet_tf.demo.start import Start
from metanet_tf.demo.teacher import Teacher


@pytest.fixture(scope="module")
def start_picture(tmp_path_factory, picture):
    path = tmp_path_factory.mktemp("start") / "a.png"
    path.write_bytes(picture(0))
    return path


@pytest.fixture(scope="module")
def fetch(serve, teacher, start_picture):
    """Function: asks the server for a path, with a body or content for JSON."""
    address = serve(make_app(teacher, Start((start_picture,), ("a",))))

    def fetch(path, content=None):
        is_raw = content is None or isinstance(content, bytes)
        body = content if is_raw else json.dumps(content).encode()
        try:
            return urllib.request.urlopen(address + path, body)
        except urllib.error.HTTPError as error:
            return error

    return fetch


def test_page_and_all_that_it_names_are_served(fetch):
    page = fetch("/").read().decode()
    names = re.findall(r'(?:src|href)="([^#"]+)"', page)
    assert "demo.js" in names
    for name in names:
        assert fetch(f"/{name}").status == 200, name


@pytest.mark.parametrize("path", ["/", "/demo.js", "/start", "/missing"])
def test_page_may_load_nothing_from_elsewhere(fetch, path):
    headers = fetch(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_answer_is_the_teachers(fetch, teacher, lesson, request_of, picture):
    response = fetch("/answer", request_of(lesson, picture(7)))
    assert json.load(response) == teacher.answer(lesson, picture(7))


def test_exported_model_knows_the_classes(
    fetch, teacher, lesson, request_of, picture, tmp_path
):
    content = fetch("/model.zip", request_of(lesson)).read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    model = tf.saved_model.load(str(tmp_path / "my_model" / "1"))
    pictures = [picture(seed) for seed in range(7, 15)]
    named = model.signatures["serving_default"](tf.constant(pictures))["class"]
    expected = teacher.taught(lesson).predict(pictures)
    assert named.numpy().astype(str).tolist() == expected.tolist()


def test_examples_are_saved(fetch, lesson, request_of):
    content = fetch("/examples.zip", request_of(lesson)).read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("my_classes/wheel/1.png") == lesson[0].examples[1]


def test_classes_to_start_with_are_served(fetch, picture):
    described = json.load(fetch("/start"))
    assert described["classes"] == [{"name": "a", "examples": ["start/0"]}]
    assert fetch("/start/0").read() == picture(0)
    assert fetch("/start/1").status == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "must be JSON"),
        (b"[" * 100_000, "must be JSON"),
        (b"\xff", "must be JSON"),
        (b"{}", "with `classes`"),
        (b" " * (6 * 2**20 + 1), "at most 6291456 bytes"),
    ],
)
def test_bad_requests_are_told_why(fetch, body, message):
    response = fetch("/answer", body)
    assert response.status == 400
    assert message in json.load(response)["error"]


def test_damaged_picture_is_told(fetch, lesson, request_of, picture):
    response = fetch("/answer", request_of(lesson, picture(0)[:60]))
    assert response.status == 400
    assert "undamaged" in json.load(response)["error"]


@pytest.mark.parametrize(
    "path", ["/../app.py", "/%2e%2e/app.py", "/start/../../app.py"]
)
def test_nothing_outside_the_page_is_served(fetch, path):
    assert fetch(path).status == 404


def test_lessons_are_forgotten_in_time(save_model, lesson):
    teacher = Teacher(save_model())
    for count in range(17):
        teacher.taught((lesson[0]._replace(name=f"class {count}"), *lesson[1:]))
    assert teacher.taught.cache_info().currsize == 16

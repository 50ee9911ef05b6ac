import io
import json
import re
import urllib.error
import urllib.request
import zipfile

import pytest

from metanet_tf.demo.app import make_app
from metanet_tf.demo.initial_classes import InitialClasses
from metanet_tf.demo.teacher import Teacher
from metanet_tf.demo.uploads import shrink


@pytest.fixture(scope="module")
def initial_picture(tmp_path_factory, picture):
    path = tmp_path_factory.mktemp("initial") / "a.png"
    path.write_bytes(picture(0))
    return path


@pytest.fixture(scope="module")
def fetch(serve, teacher, initial_picture):
    """Function: asks the server for a path, with a body or content for JSON."""
    address = serve(make_app(teacher, InitialClasses((initial_picture,), ("a",))))

    def fetch(path, content=None, headers=None):
        is_raw = content is None or isinstance(content, bytes)
        body = content if is_raw else json.dumps(content).encode()
        try:
            request = urllib.request.Request(address + path, body, headers or {})
            return urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            return error

    return fetch


def test_page_and_all_that_it_names_are_served(fetch):
    page = fetch("/").read().decode()
    names = re.findall(r'(?:src|href)="([^#"]+)"', page)
    assert "demo.js" in names
    for name in names:
        assert fetch(f"/{name}").status == 200, name


@pytest.mark.parametrize("path", ["/", "/demo.js", "/initial_classes", "/missing"])
def test_page_may_load_nothing_from_elsewhere(fetch, path):
    headers = fetch(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_answer_is_the_teachers(fetch, teacher, support_set, request_of, picture):
    twins = (*support_set, support_set[0]._replace(name="twin"))
    for classes in (support_set, support_set[:1], twins):
        response = fetch("/answer", request_of(classes, picture(7)))
        expected = json.loads(json.dumps(teacher.answer(classes, picture(7))))
        assert json.load(response) == expected


def test_exported_model_is_a_folder(fetch, support_set, request_of):
    content = fetch("/model.zip", request_of(support_set)).read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "my_model/1/saved_model.pb" in archive.namelist()


@pytest.mark.parametrize("path", ["/model.zip", "/initial_classes"])
@pytest.mark.parametrize("name", ["Host", "Origin"])
def test_pages_of_other_places_are_refused(fetch, path, name):
    response = fetch(path, {}, {name: "http://page.example"})
    assert response.status == 403
    assert name in json.load(response)["error"]


def test_examples_are_saved(fetch, support_set, request_of):
    content = fetch("/examples.zip", request_of(support_set)).read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("my_classes/wheel/1.png") == support_set[0].examples[1]


def test_classes_to_start_with_are_served(fetch, picture):
    described = json.load(fetch("/initial_classes"))
    assert described["classes"] == [{"name": "a", "examples": ["initial_classes/0"]}]
    response = fetch("/initial_classes/0")
    assert response.headers["Content-Type"] == "image/webp"
    assert response.read() == shrink(picture(0), "a.png")
    assert fetch("/initial_classes/1").status == 404


def test_upload_comes_back_small(fetch, picture):
    response = fetch("/picture?name=a.png", picture(0, 800))
    assert response.read() == shrink(picture(0, 800), "a.png")


def test_upload_that_is_no_picture_is_named(fetch):
    response = fetch("/picture?name=%C3%A4%20b.png", b"no picture")
    assert response.status == 400
    assert "ä b.png" in json.load(response)["error"]


def test_upload_must_not_be_too_large(fetch):
    response = fetch("/picture?name=a.png", bytes(40 * 2**20 + 1))
    assert response.status == 413
    assert "at most 41943040 bytes" in json.load(response)["error"]


def test_error_about_a_class_says_which(fetch, support_set, request_of):
    classes = [*support_set, ("a/b", support_set[0].examples)]
    answer = json.load(fetch("/answer", request_of(classes)))
    assert answer["class"] == 3
    assert "name must have" in answer["error"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "must be JSON"),
        (b"[" * 100_000, 400, "must be JSON"),
        (b"\xff", 400, "must be JSON"),
        (b"{}", 400, "with `classes`"),
        (b" " * (6 * 2**20 + 1), 413, "at most 6291456 bytes"),
    ],
)
def test_bad_requests_are_told_why(fetch, body, status, message):
    response = fetch("/answer", body)
    assert response.status == status
    assert message in json.load(response)["error"]


def test_damaged_picture_is_told(fetch, support_set, request_of, picture):
    response = fetch("/answer", request_of(support_set, picture(0)[:60]))
    assert response.status == 400
    assert "damaged" in json.load(response)["error"]


@pytest.mark.parametrize(
    "path", ["/../app.py", "/%2e%2e/app.py", "/initial_classes/../../app.py"]
)
def test_nothing_outside_the_page_is_served(fetch, path):
    assert fetch(path).status == 404


def test_support_sets_are_forgotten_in_time(save_model, support_set):
    teacher = Teacher(save_model())
    for count in range(17):
        teacher.taught(
            (support_set[0]._replace(name=f"class {count}"), *support_set[1:])
        )
    assert teacher.taught.cache_info().currsize == 16

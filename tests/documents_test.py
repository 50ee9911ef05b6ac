"""The documents at the top of the repository are true to its files."""

import pathlib
import re

import pytest
import yaml

import metanet_tf

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
SECTIONS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
PLACE = re.compile(
    r"(?<![\w./])((?:benchmarks|bin|docs|examples|metanet_tf|tests)/[\w./-]*)"
)
MAX_COLUMNS = 120


def _text(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


@pytest.fixture
def citation():
    return yaml.safe_load(_text("CITATION.cff"))


def test_citation_has_what_its_format_asks_for(citation):
    required = {"cff-version", "message", "title", "authors"}
    assert required | {"version", "license"} <= citation.keys()
    assert citation["type"] == "software"


def test_paper_is_cited_before_the_software(citation):
    paper = citation["preferred-citation"]
    assert (paper["title"], paper["year"], paper["volume"]) == (
        "Meta Networks",
        2017,
        70,
    )
    assert [a["family-names"] for a in paper["authors"]] == ["Munkhdalai", "Yu"]


def test_versions_agree(citation):
    version = metanet_tf.__version__
    assert citation["version"] == version
    released = re.findall(r"^## \[(\d\S*)\]", _text("CHANGELOG.md"), re.M)
    assert released[:1] in ([], [version])


def test_changelog_begins_with_what_is_unreleased():
    first = _text("CHANGELOG.md").split("\n## ")[1]
    assert first.startswith("[Unreleased]\n")
    sections = re.findall(r"^### (.+)$", first, re.M)
    assert sections == [name for name in SECTIONS if name in sections]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_place_that_is_named_exists(name):
    places = PLACE.findall(_text(name))
    missing = [p for p in places if not (REPOSITORY / p.rstrip(".")).exists()]
    assert places and not missing


@pytest.mark.parametrize("name", DOCUMENTS)
def test_lines_are_short(name):
    assert max(map(len, _text(name).splitlines())) <= MAX_COLUMNS

"""Writes licences.md: the licence of every package that metanet_tf brings.

    python docs/list_licences.py

They are read from what the installed packages say of themselves.
"""

import importlib.metadata
import pathlib
import re
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = pathlib.Path(__file__).with_name("licences.md")
# Those that run with the package; `test`, `docs` and `peers` are for its makers.
EXTRAS = ("", "demo", "heif", "hub", "inspect", "litert", "serve")

_HEAD = """\
# Licences of the dependencies

metanet_tf has the Apache License 2.0. It brings these packages, each with a licence of
its own, with the extras `demo`, `heif`, `hub`, `litert` and `serve`. The extra `gpu`
brings NVIDIA's libraries too, under NVIDIA's licences. `make lock` writes this page.

| package | licence |
|---|---|
"""


def needed(name: str, extras: tuple[str, ...] = ("",)) -> Iterator[str]:
    """Yields the names of the installed packages that `name` needs, some repeatedly."""
    seen = set()
    open_requirements = [(canonicalize_name(name), extra) for extra in extras]
    while open_requirements:
        package, extra = open_requirements.pop()
        if (package, extra) in seen:
            continue
        seen.add((package, extra))
        yield package
        for line in importlib.metadata.requires(package) or []:
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or marker.evaluate({"extra": extra}):
                inner = ("", *requirement.extras)
                open_requirements += [
                    (canonicalize_name(requirement.name), x) for x in inner
                ]


def licence(name: str) -> str:
    """Returns the licence that a package names."""
    metadata = importlib.metadata.metadata(name)
    if metadata["License-Expression"]:
        return metadata["License-Expression"]
    classifiers = metadata.get_all("Classifier") or []
    named = [x.split(" :: ")[-1] for x in classifiers if x.startswith("License ::")]
    text = (metadata["License"] or "").strip().splitlines()
    said = [x for x in named if x != "OSI Approved"] or text[:1]
    return re.sub(r"\s+", " ", ", ".join(said)) or "not named by the package"


def page() -> str:
    """Returns the content of licences.md."""
    names = sorted({*needed("metanet_tf", EXTRAS)} - {"metanet-tf"})
    return _HEAD + "".join(f"| {name} | {licence(name)} |\n" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

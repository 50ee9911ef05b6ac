"""Files that are either whole or not there."""

import json
import os
import pathlib
from typing import Any


def write_text(path: pathlib.Path, text: str) -> None:
    """Writes `text` aside, then renames it to `path`.

    Raises:
        OSError: if the disk is full or the folder is not writable; a file that
            was at `path` before is still there.
    """
    aside = path.with_name(f"{path.name}.part")
    try:
        aside.write_text(text, encoding="utf-8")
        os.replace(aside, path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def write_json(path: pathlib.Path, content: Any) -> None:
    """Writes `content` as indented JSON; see `write_text`."""
    write_text(path, json.dumps(content, indent=2) + "\n")

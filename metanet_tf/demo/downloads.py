"""Zip files of the taught classes."""

import io
import pathlib
import zipfile

from metanet_tf.demo.support_set import SupportSet


def zip_examples(support_set: SupportSet) -> bytes:
    """Returns a zip file of my_classes/<class>/<number>.png or .webp.

    `read_support_folder` reads the folder.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:  # Pictures are compressed already.
        for name, examples in support_set:
            for number, picture in enumerate(examples):
                file = f"{number}.{_suffix(picture)}"
                archive.writestr(f"my_classes/{name}/{file}", picture)
    return content.getvalue()


def zip_folder(folder: pathlib.Path) -> bytes:
    """Returns a zip file of a folder, with its name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    return content.getvalue()


def _suffix(picture: bytes) -> str:
    return "webp" if picture.startswith(b"RIFF") else "png"

"""What was taught, as zip files."""

import io
import pathlib
import zipfile

from metanet_tf.demo.lesson import Lesson


def zip_examples(lesson: Lesson) -> bytes:
    """Returns a zip file of my_classes/<class>/<number>.png.

    `read_support_folder` reads the folder.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:  # PNG files are compressed already.
        for name, examples in lesson:
            for number, picture in enumerate(examples):
                archive.writestr(f"my_classes/{name}/{number}.png", picture)
    return content.getvalue()


def zip_folder(folder: pathlib.Path) -> bytes:
    """Returns a zip file of a folder, with its name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    return content.getvalue()

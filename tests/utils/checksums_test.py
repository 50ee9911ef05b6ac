import shutil
import subprocess

import pytest

from metanet_tf.utils.checksums import SUMS_FILE, check_sums, write_sums


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "variables").mkdir()
    (tmp_path / "model.pb").write_bytes(b"model")
    (tmp_path / "variables" / "data").write_bytes(b"data")
    write_sums(tmp_path)
    return tmp_path


def test_files_as_they_were_written_are_good(folder):
    check_sums(folder)
    (folder / "more").touch()
    check_sums(folder)
    command = ["sha256sum", "--check", "--quiet", SUMS_FILE]
    if shutil.which(command[0]):
        subprocess.run(command, cwd=folder, check=True)


@pytest.mark.parametrize("name", ["model.pb", "variables/data"])
def test_damaged_file_is_named(folder, name):
    (folder / name).write_bytes(b"dat\xe1")
    with pytest.raises(ValueError, match=f"^{name} is not the file of SHA256SUMS"):
        check_sums(folder)


def test_folder_without_checksums_is_good_unless_they_are_required(folder):
    (folder / SUMS_FILE).unlink()
    check_sums(folder)
    with pytest.raises(OSError, match=SUMS_FILE):
        check_sums(folder, ["model.pb"])


def test_required_file_must_have_a_checksum(folder):
    write_sums(folder, ["model.pb"])
    check_sums(folder, ["model.pb"])
    with pytest.raises(ValueError, match="variables/data is not the file"):
        check_sums(folder, ["model.pb", "variables/data"])

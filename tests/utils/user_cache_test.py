import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

from metanet_tf.utils.user_cache import use_writable_cache, user_cache

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Puts temporary files into the test's folder, and the environment back."""
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("MPLCONFIGDIR", "")
    monkeypatch.delenv("MPLCONFIGDIR")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()


def _own_folder(tmp_path):
    return tmp_path / "tmp" / f"metanet_tf-{os.getuid()}"


def test_folder_that_can_be_written_is_used(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("HOME", str(tmp_path))
    use_writable_cache()
    assert user_cache() == tmp_path / ".cache"
    assert not caplog.text


@pytest.mark.parametrize("home", ["/proc", "/proc/missing", "relative", "/dev/null"])
def test_other_home_gives_a_temporary_folder_and_one_line(
    monkeypatch, tmp_path, caplog, home
):
    monkeypatch.setenv("HOME", home)
    use_writable_cache()
    assert user_cache() == _own_folder(tmp_path)
    assert user_cache().stat().st_mode & 0o777 == 0o700
    assert os.environ["MPLCONFIGDIR"] == str(user_cache() / "matplotlib")
    assert len(caplog.records) == 1
    assert "cannot be written; caches are in" in caplog.text


def test_folder_that_someone_else_may_have_made_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/proc/missing")
    (tmp_path / "elsewhere").mkdir()
    _own_folder(tmp_path).symlink_to(tmp_path / "elsewhere")
    use_writable_cache()
    assert user_cache() != _own_folder(tmp_path)
    assert user_cache().parent == tmp_path / "tmp"


NAMELESS = """
import os, pwd, runpy, sys
pwd.getpwuid = lambda uid: {}[uid]
assert os.path.expanduser("~") == "~" or os.environ.get("HOME")
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.slow
@pytest.mark.parametrize("home", [None, "/proc/missing"])
def test_command_works_without_a_home_and_a_name(tmp_path, home):
    environment = {k: v for k, v in os.environ.items() if k not in ("HOME", "USER")}
    environment |= {"TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(REPOSITORY)}
    result = subprocess.run(
        [
            *(sys.executable, "-c", NAMELESS),
            str(REPOSITORY / "bin/train"),
            *("--train_dir=run", "--learner=mlp", "--hidden_units=8", "--image_size=8"),
            *("--generator_units=4", "--validation_episodes=2", "--test_episodes=2"),
            "--steps=1",
        ],
        env=environment if home is None else environment | {"HOME": home},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("cannot be written; caches are in") == 1
    assert list(_own_folder(tmp_path).glob("metanet_tf/glyphs*"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "tmp"]

import itertools

import pytest

from metanet_tf.one_shot import folder_watcher as module
from metanet_tf.one_shot.folder_watcher import FolderWatcher
from metanet_tf.utils.errors import InputError


@pytest.fixture
def watch(tmp_path, monkeypatch):
    """Function: what arrives while these steps are taken, one between two looks."""

    def watch(*steps):
        pending = iter([*steps, lambda: None, lambda: None])

        def pause(seconds):
            try:
                next(pending)()
            except StopIteration:
                raise KeyboardInterrupt from None

        arrivals, seen = FolderWatcher(tmp_path), []
        monkeypatch.setattr(module.time, "sleep", pause)
        with pytest.raises(KeyboardInterrupt):
            seen.extend(path.name for path in _kept(arrivals, seen))
        return seen

    return watch


def _kept(arrivals, seen):
    """Yields into `seen` at once: the watch ends with an exception."""
    for path in arrivals:
        seen.append(path.name)
    yield from ()


def _writing(tmp_path, name, content):
    return lambda: (tmp_path / name).write_bytes(content)


def test_new_pictures_arrive_once(watch, tmp_path):
    steps = [_writing(tmp_path, name, b"picture") for name in ("b.png", "a.JPG")]
    assert watch(*steps, lambda: None) == ["b.png", "a.JPG"]


def test_what_was_there_before_does_not_count(watch, tmp_path):
    _writing(tmp_path, "old.png", b"picture")()
    assert watch(_writing(tmp_path, "new.png", b"picture")) == ["new.png"]


def test_picture_counts_when_it_is_complete(watch, tmp_path):
    sizes = itertools.accumulate([b"part"] * 5)
    steps = [_writing(tmp_path, "slow.png", content) for content in sizes]
    assert watch(*steps) == ["slow.png"]


def test_changed_picture_arrives_again(watch, tmp_path):
    first, second = (_writing(tmp_path, "a.png", c) for c in (b"one", b"another"))
    assert watch(first, lambda: None, second) == ["a.png", "a.png"]


def test_picture_that_was_away_arrives_again(watch, tmp_path):
    file, aside = tmp_path / "a.png", tmp_path / "aside"
    steps = [
        _writing(tmp_path, "a.png", b"picture"),
        lambda: None,
        lambda: file.rename(aside),
        lambda: aside.rename(file),
    ]
    assert watch(*steps) == ["a.png", "a.png"]


def test_link_to_itself_arrives_to_be_named(watch, tmp_path):
    link = tmp_path / "a.png"
    assert watch(lambda: link.symlink_to(link)) == ["a.png"]


@pytest.mark.parametrize("name", ["notes.txt", ".a.png", "a.png.part"])
def test_other_files_do_not_count(watch, tmp_path, name):
    assert watch(_writing(tmp_path, name, b"content")) == []


def test_empty_file_does_not_count(watch, tmp_path):
    assert watch(_writing(tmp_path, "a.png", b"")) == []


def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="`watch` must be a folder.*missing.*--watch"):
        FolderWatcher(tmp_path / "missing")

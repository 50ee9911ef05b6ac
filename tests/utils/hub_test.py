import sys

import huggingface_hub
import pytest

from metanet_tf.utils.errors import InputError
from metanet_tf.utils.hub import download, is_hub_name


def test_names_of_the_hub_are_told_from_others(tmp_path):
    assert is_hub_name("hf://user/name")
    assert not any(map(is_hub_name, ["omniglot", "hf:/user/name", tmp_path]))


def test_repository_is_asked_for_the_files_alone(monkeypatch, tmp_path):
    asked = []

    def stand_in(repo_id, *, allow_patterns):
        asked.append((repo_id, allow_patterns))
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", stand_in)
    assert download("hf://user/name", ("a.json", "b.h5")) == tmp_path
    assert asked == [("user/name", ["a.json", "b.h5"])]


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(InputError, match=r"hf://user/name.*pip install -e '\.\[hub\]'"):
        download("hf://user/name", ["a.json"])


@pytest.mark.parametrize("name", ["user/name/more", "user/", "user/no such name"])
def test_bad_name_is_refused(name):
    with pytest.raises(InputError, match=f"must be a repository.*hf://{name}"):
        download(f"hf://{name}", ["a.json"])


def test_hub_out_of_reach_is_an_input_error(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match="(?s)hf://user/name.*look at the network"):
        download("hf://user/name", ["a.json"])

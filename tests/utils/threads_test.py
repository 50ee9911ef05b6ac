import os

import pytest

from metanet_tf.utils import threads


@pytest.mark.parametrize(
    ("cores", "split", "expected"),
    [
        (1, False, "1"),
        (2, False, "1"),
        (16, False, "4"),
        (1, True, "1"),
        (16, True, "16"),
    ],
)
def test_an_operation_gets_a_quarter_of_the_cores_or_all(
    monkeypatch, cores, split, expected
):
    # Set first, so that it is gone again after the test.
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "9")
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS")
    monkeypatch.setattr(threads, "num_cores", lambda: cores)
    threads.choose_threads(split)
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == expected
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS")


def test_the_users_choice_is_kept(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    threads.choose_threads(split_operations=True)
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "7"

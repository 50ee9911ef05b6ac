import os

import pytest

from metanet_tf.utils import threads


@pytest.mark.parametrize(("cores", "expected"), [(1, "1"), (2, "1"), (16, "4")])
def test_an_operation_gets_a_quarter_of_the_cores(monkeypatch, cores, expected):
    # Set first, so that it is gone again after the test.
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "9")
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS")
    monkeypatch.setattr(threads, "num_cores", lambda: cores)
    threads.prefer_parallel_operations()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == expected
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS")


def test_the_users_choice_is_kept(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    threads.prefer_parallel_operations()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "7"

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


@pytest.mark.parametrize(("of_one", "expected"), [("", 1), ("4", 1), ("1", 4)])
def test_calls_at_once_keep_all_cores_busy(monkeypatch, of_one, expected):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", of_one)
    monkeypatch.setattr(threads, "num_cores", lambda: 4)
    assert threads.num_at_once() == expected


def test_results_come_in_order_and_few_items_are_taken_ahead(monkeypatch):
    monkeypatch.setattr(threads, "num_at_once", lambda: 2)
    taken = []

    def items():
        for item in range(9):
            taken.append(item)
            yield item

    results = threads.map_at_once(lambda item: item**2, items())
    assert next(results) == 0
    assert taken == [0, 1, 2]
    assert list(results) == [1, 4, 9, 16, 25, 36, 49, 64]

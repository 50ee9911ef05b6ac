import signal

import pytest
import tensorflow as tf

from metanet_tf.training.interruption import (
    SIGNALS,
    Interrupted,
    deferred_signals,
    interruptible,
)


@pytest.fixture(autouse=True)
def terminal_is_heeded():
    """Gives SIGHUP its default: under nohup it is ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_first_signal_is_noted(number):
    with deferred_signals() as interruption:
        assert interruption.signal_number is None
        signal.raise_signal(number)
        assert interruption.signal_number == number


def test_lost_terminal_is_ignored_where_nohup_says_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with deferred_signals() as interruption:
            signal.raise_signal(signal.SIGHUP)
        assert interruption.signal_number is None
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def python_answers_interrupts():
    """Makes Python heed ^C, as in a terminal: background jobs start deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_second_signal_acts_at_once(python_answers_interrupts):
    with pytest.raises(KeyboardInterrupt), deferred_signals():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_earlier_handlers_are_put_back():
    before = [signal.getsignal(number) for number in SIGNALS]
    with deferred_signals():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("number", SIGNALS)
def test_interruptible_work_ends_at_once(number):
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as stopped, interruptible():
        signal.raise_signal(number)
        pytest.fail("It went on.")
    assert stopped.value.signal_number == number
    assert signal.getsignal(number) == before


def test_function_that_is_being_traced_is_left_at_once():
    @tf.function
    def trace(number):
        signal.raise_signal(signal.SIGTERM)
        return number

    with pytest.raises(Interrupted), interruptible():
        trace(1)

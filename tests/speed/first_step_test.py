import pytest

from metanet_tf.speed.first_step import seconds_to_first_step


def test_command_that_fails_is_reported_with_its_message():
    with pytest.raises(RuntimeError, match="`steps` must be at least 1"):
        seconds_to_first_step(["--steps=0"])


@pytest.mark.slow
def test_first_step_comes_within_a_minute():
    small = ["--learner=mlp", "--hidden_units=8", "--generator_units=4"]
    assert 1.0 < seconds_to_first_step(small) < 60.0

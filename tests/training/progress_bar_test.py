import tensorflow as tf

from metanet_tf.training.progress_bar import ProgressBar


def _metrics(loss):
    values = {"loss": loss, "accuracy": 0.75, "attention_accuracy": 0.5}
    return {name: tf.constant(value) for name, value in values.items()}


def test_log_shows_smoothed_metrics_and_episodes(capsys):
    with ProgressBar(step=2, steps=4, episodes_per_step=3) as bar:
        bar.add(_metrics(1.0))
        bar.add(_metrics(2.0))
    shown = capsys.readouterr().err
    assert "loss 1.500, accuracy 75.0%, attention 50.0%" in shown
    assert "12/12" in shown
    assert "episodes/s" in shown


def test_messages_are_shown(capsys):
    with ProgressBar(step=0, steps=1, episodes_per_step=1) as bar:
        bar.write("step 1: validated")
    assert "step 1: validated\n" in capsys.readouterr().err


def test_hidden_bar_shows_nothing(capsys):
    with ProgressBar(step=0, steps=1, episodes_per_step=1, is_shown=False) as bar:
        bar.add(_metrics(1.0), seconds_left=1.0)
        bar.write("step 1: validated")
    assert not capsys.readouterr().err


def test_losses_that_are_not_finite_leave_the_others_readable(capsys):
    with ProgressBar(step=0, steps=3, episodes_per_step=1) as bar:
        for loss in (1.0, float("nan"), 3.0):
            bar.add(_metrics(loss))
    assert "loss 2.000" in capsys.readouterr().err

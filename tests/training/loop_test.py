import contextlib
import signal

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.config import TrainingConfig
from metanet_tf.evaluation.accuracy import Evaluation, Mean
from metanet_tf.training import loop
from metanet_tf.training.checkpoints import Progress
from metanet_tf.training.interruption import Interrupted
from metanet_tf.training.loop import TrainingLoop
from metanet_tf.training.workers import Workers
from metanet_tf.utils.errors import NotFiniteError


class Recorder:
    """Stands for everything the loop calls, and notes what is called when."""

    def __init__(
        self,
        step=0,
        accuracies=(0.5,),
        signal_at=None,
        signal_in_validation=False,
        not_finite_at=(),
    ):
        self.step = step
        self.signal_in_validation = signal_in_validation
        self.not_finite_at = not_finite_at
        self.accuracies = list(accuracies)
        self.signal_at = signal_at
        self.calls = []
        self.is_averaged = False
        self.updates_left_out = 0
        self.learning_rates = []
        self.calls_of_steps = []

    def __call__(self, first_step, learning_rates):
        assert first_step == self.step
        self.learning_rates += learning_rates
        self.calls_of_steps.append(len(learning_rates))
        self.step += len(learning_rates)
        self.updates_left_out += self.step in self.not_finite_at
        if self.step == self.signal_at:
            signal.raise_signal(signal.SIGTERM)
        values = {"loss": 0.5, "accuracy": 0.5, "attention_accuracy": 0.5}
        return {name: tf.constant(value) for name, value in values.items()}

    @contextlib.contextmanager
    def averaged(self):
        self.is_averaged = True
        try:
            yield
        finally:
            self.is_averaged = False

    def reproduce(self, number):
        return NotFiniteError(f"made up to step {number}")

    def validate(self, between_tasks):
        assert self.is_averaged
        if self.signal_in_validation:
            signal.raise_signal(signal.SIGTERM)
        between_tasks()
        accuracy = self.accuracies.pop(0)
        self._note("validate")
        mean = Mean(accuracy, 0.0)
        return Evaluation(mean, mean, 1.0, 0.0, 2, 2, 1, np.eye(2))

    def save(self):
        assert not self.is_averaged
        self._note("save")

    def save_best(self):
        assert self.is_averaged
        self._note("save_best")

    def save_snapshot(self):
        assert self.is_averaged
        self._note("save_snapshot")

    def training_step(self, scalars, step):
        self._note("scalars")

    def validation(self, evaluation, step):
        self._note("pictures")

    def steps_of(self, call):
        return [step for name, step in self.calls if name == call]

    def _note(self, call):
        self.calls.append((call, self.step))


class Told(Workers):
    """Another worker's part: is told the time, and of a signal at a step."""

    def __init__(self, recorder, seconds=0.0, signal_at=None):
        super().__init__(index=1)
        self.recorder = recorder
        self.seconds = seconds
        self.signal_at = signal_at

    def agree(self, seconds, signal_number):
        is_due = self.recorder.step == self.signal_at
        return self.seconds, signal.SIGINT if is_due else None


def _loop(recorder, progress=None, workers=None, **settings):
    return TrainingLoop(
        TrainingConfig(**settings),
        train_step=recorder,
        steps=recorder,
        validate=recorder.validate,
        reproduce=recorder.reproduce,
        checkpoints=recorder,
        progress=progress or Progress(),
        summaries=recorder,
        workers=workers or Workers(),
    )


def _run(recorder, progress=None, workers=None, **settings):
    _loop(recorder, progress, workers, **settings).run()


def test_everything_happens_when_it_is_due():
    recorder = Recorder(accuracies=[0.5, 0.4, 0.6])
    _run(recorder, steps=7, validate_every=3, checkpoint_every=2, summary_every=5)
    assert recorder.steps_of("validate") == [3, 6, 7]
    assert recorder.steps_of("save_best") == [3, 7]
    assert recorder.steps_of("save") == [2, 4, 6, 7]
    assert recorder.steps_of("scalars") == [5]


def test_a_call_makes_steps_until_something_is_due():
    recorder = Recorder(accuracies=[0.5, 0.4, 0.6])
    due = {"validate_every": 8, "checkpoint_every": 5, "summary_every": 7}
    _run(recorder, steps=11, steps_per_call=4, learning_rate=0.5, **due)
    assert recorder.calls_of_steps == [4, 1, 2, 1, 2, 1]
    assert recorder.steps_of("validate") == [8, 11]
    assert recorder.learning_rates == [0.5] * 11


def test_models_are_kept_only_if_asked_for():
    recorder = Recorder()
    _run(recorder, steps=5)
    assert not recorder.steps_of("save_snapshot")
    recorder, progress = Recorder(), Progress()
    progress.seconds.assign(100.0)
    _run(recorder, progress, steps=5, snapshot_every=2)
    assert recorder.steps_of("save_snapshot") == [2, 4]


def test_last_step_is_validated_once():
    recorder = Recorder()
    _run(recorder, steps=3, validate_every=3)
    assert recorder.steps_of("validate") == [3]


def test_signal_stops_after_the_step_and_saves():
    recorder = Recorder(signal_at=3)
    with pytest.raises(Interrupted, match="saved at step 3.*same command") as stopped:
        _run(recorder, steps=9)
    assert recorder.calls == [("save", 3)]
    assert stopped.value.signal_number == signal.SIGTERM


@pytest.mark.parametrize(
    "due", ["checkpoint_every", "validate_every", "snapshot_every"]
)
def test_training_stops_before_it_saves_what_is_not_finite(due):
    recorder = Recorder(not_finite_at=[3])
    with pytest.raises(NotFiniteError, match="made up to step 4"):
        _run(recorder, steps=9, **{due: 4})
    assert not recorder.calls


def test_what_is_not_finite_is_found_in_time_if_nothing_is_due(monkeypatch):
    monkeypatch.setattr(loop, "_SECONDS_BETWEEN_CHECKS", 0.0)
    with pytest.raises(NotFiniteError, match="made up to step 1"):
        _run(Recorder(not_finite_at=[1]), steps=9)


def test_updates_that_are_left_out_are_told_and_training_goes_on(capsys):
    recorder = Recorder(not_finite_at=[1, 3])
    _run(recorder, steps=4, skip_nonfinite=True)
    assert recorder.steps_of("save") == [4]
    assert "step 4: 2 updates left out by now" in capsys.readouterr().err


def test_signal_ends_a_validation_which_is_made_when_the_run_goes_on():
    progress, snapshots = Progress(), {"snapshot_every": 3}
    stopped = Recorder(signal_in_validation=True)
    with pytest.raises(Interrupted, match="saved at step 3"):
        _run(stopped, progress, steps=6, validate_every=3, **snapshots)
    assert stopped.calls == [("save_snapshot", 3), ("save", 3)]
    resumed = Recorder(step=3, accuracies=[0.5, 0.6])
    _run(resumed, progress, steps=6, validate_every=3, **snapshots)
    assert resumed.steps_of("validate") == [3, 6]
    assert resumed.steps_of("save_snapshot") == [6]


def test_a_call_takes_no_longer_than_a_signal_may_wait(monkeypatch):
    monkeypatch.setattr(loop, "_SECONDS_OF_A_CALL", 1e-7)
    recorder = Recorder()
    _run(recorder, steps=7, steps_per_call=4)
    assert recorder.calls_of_steps == [4, 1, 1, 1]


def test_best_accuracy_of_an_earlier_part_of_the_run_counts():
    progress = Progress()
    progress.best_accuracy.assign(0.9)
    recorder = Recorder(step=2, accuracies=[0.8])
    _run(recorder, progress, steps=3)
    assert not recorder.steps_of("save_best")
    assert float(progress.best_accuracy) == 0.9


def test_equal_accuracy_is_not_better():
    recorder = Recorder(accuracies=[0.7, 0.7])
    _run(recorder, steps=2, validate_every=1)
    assert recorder.steps_of("save_best") == [1]


def test_time_limit_counts_the_earlier_part_of_the_run():
    progress = Progress()
    progress.seconds.assign(60.0)
    recorder = Recorder(step=5)
    _run(recorder, progress, steps=9, minutes=1.0)
    assert recorder.step == 5
    assert recorder.steps_of("validate") == [5]


def test_each_step_has_the_learning_rate_of_the_schedule():
    recorder = Recorder()
    _run(recorder, steps=2, learning_rate=0.5, learning_rate_schedule="cosine")
    assert recorder.learning_rates == pytest.approx([0.5, 0.25])


def test_seconds_are_added_up():
    progress = Progress()
    progress.seconds.assign(100.0)
    _run(Recorder(), progress, steps=1)
    assert 100.0 < float(progress.seconds) < 110.0


def test_signal_of_another_worker_stops_this_one():
    recorder = Recorder()
    with pytest.raises(Interrupted, match="saved at step 3") as stopped:
        _run(recorder, workers=Told(recorder, signal_at=3), steps=9)
    assert stopped.value.signal_number == signal.SIGINT


def test_own_signal_waits_until_all_have_agreed():
    recorder = Recorder(signal_at=2)
    _run(recorder, workers=Told(recorder), steps=4)
    assert recorder.step == 4


def test_time_of_the_chief_counts():
    recorder = Recorder(accuracies=[0.5, 0.5])
    settings = {"steps": 9, "minutes": 1.0, "learning_rate_schedule": "cosine"}
    _run(recorder, workers=Told(recorder, seconds=60.0), **settings)
    assert recorder.step == 0
    _run(recorder, workers=Told(recorder, seconds=30.0), **settings | {"steps": 1})
    assert recorder.learning_rates == pytest.approx([0.0005])


def test_own_signal_ends_no_validation_unless_all_have_agreed():
    recorder = Recorder(signal_in_validation=True)
    _run(recorder, workers=Told(recorder), steps=2)
    assert recorder.steps_of("validate") == [2]


def test_signal_of_another_worker_ends_a_validation():
    recorder = Recorder(step=3)
    workers = Told(recorder, signal_at=3)
    with pytest.raises(Interrupted, match="saved at step 3"):
        _run(recorder, workers=workers, steps=6, validate_every=3)
    assert recorder.calls == [("save", 3)]


def test_length_of_a_call_and_checks_go_by_the_time_of_the_chief(monkeypatch):
    monkeypatch.setattr(loop, "_SECONDS_OF_A_CALL", 1e-7)
    monkeypatch.setattr(loop, "_SECONDS_BETWEEN_CHECKS", 0.0)
    recorder = Recorder(not_finite_at=[4])
    with pytest.raises(NotFiniteError, match="made up to step 7"):
        _run(recorder, workers=Told(recorder), steps=7, steps_per_call=4)
    assert recorder.calls_of_steps == [4, 3]

import pathlib
import shutil

import keras
import numpy as np
import pytest

from metanet_tf.training.checkpoints import (
    Checkpoints,
    Progress,
    restore_best,
    restore_snapshot,
    save_best,
)
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model, make_model
from metanet_tf.utils.errors import InputError


class State:
    """Everything that is saved, with values that depend on `value` alone."""

    def __init__(self, config):
        self.model = make_model(config)
        self.optimizer = keras.optimizers.Adam()
        self.optimizer.build(self.model.trainable_variables)
        self.progress = Progress()
        self.folder = RunFolder(config.training.train_dir)
        self.checkpoints = Checkpoints(
            self.folder, self.model, self.optimizer, self.progress
        )

    @property
    def variables(self):
        optimizer = [v for v in self.optimizer.variables if "iteration" not in v.path]
        return [*self.model.variables, *optimizer, self.progress.best_accuracy]

    def set(self, value, step):
        for variable in self.variables:
            variable.assign(np.full(variable.shape, value))
        self.optimizer.iterations.assign(step)

    def save(self, value, step):
        self.set(value, step)
        self.checkpoints.save()

    def values(self):
        """The values that any of the variables holds."""
        return {value for v in self.variables for value in v.numpy().ravel().tolist()}


@pytest.fixture
def state(make_config):
    return State(make_config())


def _truncate(folder, pattern):
    (file,) = folder.glob(pattern)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def test_everything_is_restored(state, make_config):
    state.save(3.0, step=7)
    other = State(make_config())
    other.checkpoints.restore()
    assert other.values() == {3.0}
    assert other.checkpoints.step == 7


def test_new_run_is_left_as_it_is(state):
    state.set(3.0, step=0)
    state.checkpoints.restore()
    assert state.values() == {3.0}


def test_last_three_are_kept(state):
    for step in (1, 2, 3, 10):
        state.save(float(step), step)
    steps = {file.stem for file in state.folder.checkpoints_dir.glob("*.index")}
    assert steps == {"ckpt-2", "ckpt-3", "ckpt-10"}


def test_checkpoint_of_a_process_killed_before_it_was_listed_goes_in_its_turn(
    state, make_config
):
    state.save(1.0, step=1)
    (state.folder.checkpoints_dir / "checkpoint").unlink()
    other = State(make_config())
    other.checkpoints.restore()
    for step in (2, 3, 4):
        other.save(float(step), step)
    names = {file.stem for file in state.folder.checkpoints_dir.glob("ckpt-*")}
    assert names == {"ckpt-2", "ckpt-3", "ckpt-4"}


@pytest.mark.parametrize("damaged", ["ckpt-10.data*", "ckpt-10.index"])
def test_truncated_checkpoint_gives_way_to_the_one_before(state, caplog, damaged):
    state.save(2.0, step=9)
    state.save(3.0, step=10)
    _truncate(state.folder.checkpoints_dir, damaged)
    state.checkpoints.restore()
    assert state.values() == {2.0}
    assert state.checkpoints.step == 9
    assert "ckpt-10" in caplog.text


def test_lost_list_of_checkpoints_does_not_matter(state):
    state.save(2.0, step=9)
    (state.folder.checkpoints_dir / "checkpoint").write_text("no list")
    state.set(0.0, step=0)
    state.checkpoints.restore()
    assert state.values() == {2.0}


def test_only_damaged_checkpoints_are_bad_input(state):
    state.save(2.0, step=9)
    _truncate(state.folder.checkpoints_dir, "*.data*")
    with pytest.raises(InputError, match="`train_dir` must hold a readable checkpoint"):
        state.checkpoints.restore()


def test_best_model_replaces_the_one_before(state, make_config):
    config = make_config()
    state.folder.prepare(config, {})
    for value, step in [(1.0, 5), (2.0, 6)]:
        state.set(value, step)
        save_best(state.model, state.folder, step)
    model, read = load_trained_model(config.training.train_dir)
    assert read == config
    assert {v for w in model.variables for v in w.numpy().ravel().tolist()} == {2.0}
    assert restore_best(model, state.folder) == 6
    assert len(list(state.folder.best_dir.glob("*.index"))) == 1


def test_every_snapshot_is_kept_with_its_seconds(state, make_config):
    for step in (10, 20, 30, 40):
        state.set(float(step), step)
        state.progress.seconds.assign(step / 2)
        state.checkpoints.save_snapshot()
    model = make_model(make_config())
    assert restore_snapshot(model, state.folder, 10) == 5.0
    assert {v for w in model.variables for v in w.numpy().ravel().tolist()} == {10.0}


def test_snapshot_that_was_not_kept_is_bad_input(state):
    state.checkpoints.save_snapshot()
    with pytest.raises(InputError, match="must hold the model of step 5.*--snapshot"):
        restore_snapshot(state.model, state.folder, 5)


def test_message_on_a_lost_snapshot_names_the_setting_that_gave_the_run(state):
    state.folder.setting = "model"
    with pytest.raises(InputError, match="`model` must hold the model of step 5"):
        restore_snapshot(state.model, state.folder, 5)


def test_messages_name_the_setting_that_gave_the_run(state):
    save_best(state.model, state.folder, step=1)
    _truncate(state.folder.best_dir, "*.data*")
    with pytest.raises(InputError, match="`model` must hold a readable checkpoint"):
        restore_best(state.model, RunFolder(state.folder.path, "model"))
    state.folder.path.joinpath("results.json").mkdir()
    with pytest.raises(InputError, match="`model` must be a place.*change --model"):
        RunFolder(state.folder.path, "model").read(state.folder.results_file)


def test_run_without_validation_has_no_best_model(state):
    with pytest.raises(InputError, match=r"`train_dir` must hold a validated model"):
        restore_best(state.model, state.folder)


def _lose(folder):
    shutil.rmtree(folder)


def _damage(folder):
    _truncate(folder, "*.data*")


@pytest.mark.parametrize("lose", [_lose, _damage])
def test_lost_best_model_is_followed_by_a_new_one(state, caplog, lose):
    state.set(0.5, step=7)
    state.progress.validated_step.assign(7)
    state.checkpoints.save_best()
    state.checkpoints.save()
    lose(state.folder.best_dir)
    state.checkpoints.restore()
    assert float(state.progress.best_accuracy) == -1.0
    assert int(state.progress.validated_step) == -1
    assert "the next validation saves a new best" in caplog.text
    assert {v for w in state.model.variables for v in w.numpy().ravel()} == {0.5}


def test_best_model_that_is_there_stays_the_best(state, caplog):
    state.set(0.5, step=7)
    state.progress.validated_step.assign(7)
    state.checkpoints.save_best()
    state.checkpoints.save()
    state.checkpoints.restore()
    assert float(state.progress.best_accuracy) == 0.5
    assert int(state.progress.validated_step) == 7
    assert not caplog.text


def test_unwritable_folder_is_bad_input(make_config, tmp_path):
    (tmp_path / "file").write_text("")
    state = State(make_config(train_dir=str(tmp_path / "file" / "run")))
    with pytest.raises(InputError, match="`train_dir`.*change --train_dir") as error:
        state.checkpoints.save()
    assert "{{" not in str(error.value)


def test_a_neighbour_whose_name_fits_the_pattern_keeps_its_checkpoints(make_config):
    root = pathlib.Path(make_config().training.train_dir)
    states = {
        name: State(make_config(train_dir=str(root / name)))
        for name in ("zA", "z?", "lr[1e-3]")
    }
    for state in states.values():
        state.folder.path.mkdir(parents=True)
        for step in range(1, 6):
            state.save(float(step), step)
        save_best(state.model, state.folder, 5)
    for name, state in states.items():
        steps = {x.stem for x in state.folder.checkpoints_dir.glob("*.index")}
        assert steps == {"ckpt-3", "ckpt-4", "ckpt-5"}, name
        state.set(0.0, step=0)
        state.checkpoints.restore()
        assert state.checkpoints.step == 5
        assert restore_best(state.model, state.folder) == 5


@pytest.mark.parametrize("pattern", ["*.data*", "*.index"])
def test_no_damaged_byte_of_a_checkpoint_gives_other_weights(state, pattern):
    """TensorFlow's own checksums tell it."""
    state.set(0.5, step=7)
    state.checkpoints.save_best()
    (file,) = state.folder.best_dir.glob(pattern)
    content = file.read_bytes()
    refused = 0
    for place in range(0, len(content), max(1, len(content) // 40)):
        damaged = bytearray(content)
        damaged[place] ^= 0x40
        file.write_bytes(damaged)
        state.set(0.25, step=7)
        try:
            restore_best(state.model, state.folder)
        except InputError as error:
            refused += 1
            assert str(state.folder.best_dir) in str(error)
        else:  # A byte that means nothing.
            values = {v for w in state.model.variables for v in w.numpy().ravel()}
            assert values == {0.5}
    assert refused > 30

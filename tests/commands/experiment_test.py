import pytest
from absl import flags

from metanet_tf.commands import command
from metanet_tf.commands.experiment import experiment, main
from metanet_tf.config import ExperimentConfig
from metanet_tf.experiments import run_experiment as run_experiment_module
from metanet_tf.training.interruption import Interrupted
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import define_flags


@pytest.fixture
def exit_code(monkeypatch):
    """Runs the command with arguments."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["experiment", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        values = flags.FlagValues()
        define_flags([ExperimentConfig], values)
        flags.FLAGS.remove_flag_values(values)
        return stopped.value.code

    return run


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--name=table2", "`name` must be one of table1.*figure5.*Received: table2"),
        ("--preset=mine", "`preset` must be a file or one of the presets.*--preset"),
        ("--n_way=five", "`n_way` must be numbers separated by commas"),
        ("--budget_minutes=-1", "`budget_minutes` must be at least 1e-06"),
    ],
)
def test_wrong_input_is_one_message(exit_code, capsys, argument, message, tmp_path):
    places = f"--out={tmp_path}/out", f"--runs_dir={tmp_path}/runs"
    assert exit_code(argument, *places) == command.BAD_INPUT
    (line,) = capsys.readouterr().err.splitlines()
    with pytest.raises(InputError, match=message):
        raise InputError(line)


def test_run_that_fits_nothing_is_refused(exit_code, capsys, run_folder, tmp_path):
    run_folder.write(run_folder.results_file, {"steps": 1000, "seconds": 60.0})
    code = exit_code(f"--train_dirs={run_folder.path}", f"--out={tmp_path}/out")
    assert code == command.BAD_INPUT
    shown = capsys.readouterr().err
    assert "`train_dirs` must be runs that the experiment needs" in shown
    assert f"{run_folder.path}, which was trained with --dataset=glyphs" in shown
    assert not (tmp_path / "out").exists()


def test_preset_is_known_with_and_without_its_ending(monkeypatch, tmp_path):
    class Done(Exception):
        pass

    def run_experiment(_config, preset, _command):
        raise Done(preset.training.steps)

    monkeypatch.setattr(run_experiment_module, "run_experiment", run_experiment)
    file = tmp_path / "mine.flags"
    file.write_text("--steps=3\n")
    for preset, steps in [("glyphs", 1000), ("glyphs.flags", 1000), (str(file), 3)]:
        with pytest.raises(Done, match=f"^{steps}$"):
            experiment(ExperimentConfig(preset=preset))


def test_interruption_is_told_by_the_exit_code(monkeypatch, capsys):
    def run_experiment(*_):
        raise Interrupted("Stopped and saved at step 7.", 15)

    monkeypatch.setattr(run_experiment_module, "run_experiment", run_experiment)
    assert experiment(ExperimentConfig(preset="glyphs")) == 128 + 15
    assert "saved at step 7" in capsys.readouterr().err

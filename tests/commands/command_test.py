import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
import tensorflow as tf
from absl import flags

from metanet_tf.commands import command
from metanet_tf.config import EpisodeConfig
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import define_flags, from_flags

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def _run(function, *arguments, stopped_by=SystemExit):
    """Exit code of a command with the flags of a task's size."""
    with pytest.raises(stopped_by) as stopped:
        command.run(function, [EpisodeConfig], "What it does.", ["name", *arguments])
    _undefine_flags()
    return getattr(stopped.value, "code", None) or 0


def _undefine_flags():
    """A process runs one command and defines its flags once; tests run many."""
    values = flags.FlagValues()
    define_flags([EpisodeConfig], values)
    flags.FLAGS.remove_flag_values(values)


def test_flags_reach_the_command():
    seen = []
    code = _run(lambda: seen.append(from_flags(EpisodeConfig)), "--n_way=7")
    assert (code, seen) == (0, [EpisodeConfig(n_way=7)])


def test_exit_code_is_what_the_command_returns():
    assert _run(lambda: 130) == 130


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--n_wey=7", "Unknown command line flag 'n_wey'. Did you mean: n_way"),
        ("--n_way=many", "flag --n_way=many: invalid literal"),
        ("n_way=7", "Every argument must be a flag, --name=value. Received: n_way=7"),
        ("--flagfile=no.flags", "`flagfile` must be a file or one of the presets"),
    ],
)
def test_wrong_argument_is_one_message_and_code_2(argument, message, capsys):
    assert _run(lambda: pytest.fail("The command was run."), argument) == 2
    assert capsys.readouterr().err.startswith(message)


def test_what_keras_imports_without_need_is_there_again_afterwards():
    program = (
        "import sys\n"
        "from metanet_tf.commands.command import quiet_import\n"
        "with quiet_import():\n"
        "    import tensorflow\n"
        "left_out = ('IPython', 'matplotlib', 'pandas', 'scipy', 'sklearn')\n"
        "assert not [name for name in left_out if name in sys.modules]\n"
        "import sklearn.base\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=REPOSITORY)


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (InputError("`a` must be 1."), "`a` must be 1.\n", 2),
        (
            OSError(28, "No space left on device", "f"),
            "No space left on device: 'f'",
            2,
        ),
        (KeyboardInterrupt(), "Stopped.", 130),
        (MemoryError(), "must fit into memory. Received: too large ones. Lower", 2),
        (
            tf.errors.ResourceExhaustedError(
                None,
                None,
                "{{function_node f}} OOM when allocating tensor with shape[9] and type "
                "float on /job:localhost/device:CPU:0 by allocator cpu [Op:Fill]",
            ),
            "Received: OOM when allocating tensor with shape[9] and type float. Lower",
            2,
        ),
    ],
)
def test_bad_input_is_one_message_without_traceback(error, message, code, capsys):
    def fail():
        raise error

    assert _run(fail) == code
    shown = capsys.readouterr().err
    assert message in shown
    assert "Traceback" not in shown


@pytest.fixture
def heeds_signals():
    """Gives SIGTERM and SIGHUP their defaults: under nohup the latter is ignored."""
    numbers = signal.SIGTERM, signal.SIGHUP
    before = [signal.signal(number, signal.SIG_DFL) for number in numbers]
    yield
    for number, earlier in zip(numbers, before, strict=True):
        signal.signal(number, earlier)


@pytest.mark.usefixtures("heeds_signals")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_signals_stop_as_the_keyboard_does(name, code, capsys):
    number = getattr(signal, name)
    ended = []

    def wait():
        try:
            os.kill(os.getpid(), number)
            time.sleep(60)
        finally:
            ended.append(number)

    assert _run(wait) == code
    assert (ended, capsys.readouterr().err) == ([number], "Stopped.\n")
    assert signal.getsignal(number) == signal.SIG_DFL


def test_signal_that_is_ignored_stays_so():
    kept = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert _run(lambda: os.kill(os.getpid(), signal.SIGHUP)) == 0
    finally:
        signal.signal(signal.SIGHUP, kept)


def test_error_of_the_code_is_not_taken_for_bad_input():
    def fail():
        raise ZeroDivisionError

    _run(fail, stopped_by=ZeroDivisionError)


def test_help_shows_what_a_command_does_and_its_flags(capsys):
    assert _run(lambda: pytest.fail("The command was run."), "--help") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("What it does.")
    assert "--n_way=5\n" in shown
    assert "Classes per task (N in N-way), >= 2." in shown


@pytest.mark.parametrize("name", ["train", "evaluate"])
def test_script_explains_itself_without_tensorflow(name):
    code = (
        "import runpy, sys; sys.argv = [sys.argv[1], '--help']\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally: assert 'tensorflow' not in sys.modules"
    )
    command_line = [sys.executable, "-c", code, f"bin/{name}"]
    result = subprocess.run(
        command_line, capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "--data_dir=" in result.stdout


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_closed_pipe_ends_quietly(arguments):
    program = (
        "import sys\n"
        "from metanet_tf.commands import command\n"
        "command.run(lambda: print('An answer.'), [], 'What it does.', sys.argv)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=REPOSITORY,
    )
    process.stdout.close()
    with process:
        assert (process.stderr.read(), process.wait()) == (b"", 141)


def test_letters_that_the_output_lacks_are_escaped():
    program = (
        "from metanet_tf.commands import command\n"
        "command.run(lambda: print('\\u65e5 picture'), [], '')"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )
    assert (result.stdout, result.returncode) == ("\\u65e5 picture\n", 0)


def test_missing_packages_are_named_with_what_installs_them():
    with pytest.raises(InputError, match=r"no_such_package.*-e '\.\[serve\]'"):
        with command.extra("serve"):
            import no_such_package  # noqa: F401

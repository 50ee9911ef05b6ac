"""Runs a command: parses its flags and turns bad input into one message."""

import contextlib
import importlib
import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from absl import app, flags, logging

from metanet_tf.commands.presets import with_preset_paths
from metanet_tf.utils.errors import InputError, reason_of
from metanet_tf.utils.flag_settings import CheckedConfig, define_flags
from metanet_tf.utils.keras_settings import check_backend
from metanet_tf.utils.signals import answered_by
from metanet_tf.utils.threads import choose_threads
from metanet_tf.utils.user_cache import use_writable_cache

BAD_INPUT = 2
BROKEN_PIPE = 141  # As a shell reports SIGPIPE.

# Keras imports them where they are, for functions that no command uses: that takes
# as long as TensorFlow itself. A command that needs one imports it afterwards.
_LEFT_OUT = ("IPython", "matplotlib", "pandas", "scipy", "sklearn")


def run(
    function: Callable[..., int | None],
    configs: Iterable[type[CheckedConfig]],
    description: str,
    argv: Sequence[str] | None = None,
    *,
    takes_arguments: bool = False,
) -> None:
    """Runs `function` with the flags of `configs` and exits.

    The exit code is what `function` returns, 0 for None; 2 after bad input, with
    one message on stderr and no traceback; 130 after ^C, 143 after SIGTERM and 129
    after SIGHUP, with one word and without anything half-written; 141, without a
    word, if nobody reads the output any more.

    Args:
        function: the command; it reads the flags through `from_flags`.
        configs: each field is a flag.
        description: what --help shows above the flags.
        argv: name and arguments of the command; those of the process if None.
        takes_arguments: call `function` with the list of arguments that are no
            flags, which may stand between the flags; otherwise they are refused.
    """
    _print_whatever_the_encoding()
    argv = list(sys.argv if argv is None else argv)
    names = define_flags(configs)
    flags.FLAGS.set_gnu_getopt(takes_arguments)

    def parse(arguments: Sequence[str]) -> list[str]:
        with _messages():
            if "--help" in arguments:
                _print_help(description, names)
            return flags.FLAGS(with_preset_paths(arguments))

    def main(leftover: Sequence[str]) -> int | None:
        if not flags.FLAGS["verbosity"].present:
            logging.set_verbosity(logging.WARNING)  # `app.run` has made it INFO.
        with _messages(), _stopped_like_by_keyboard():
            check_backend()
            use_writable_cache()
            if takes_arguments:
                return function(list(leftover[1:]))
            _check_leftover(leftover)
            return function()

    app.run(main, argv=argv, flags_parser=parse)


def _print_whatever_the_encoding() -> None:
    """Escapes letters that the output's encoding lacks, as stderr does already."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def quiet_import(split_operations: bool = False) -> Iterator[None]:
    """Imports TensorFlow with our number of threads and without what it prints.

    Some of that pays no heed to TF_CPP_MIN_LOG_LEVEL. What is imported inside finds
    Keras there.

    Args:
        split_operations: that of `choose_threads`.
    """
    # Both are read once, when TensorFlow is imported.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    choose_threads(split_operations)
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        with _missing(_LEFT_OUT):
            importlib.import_module("keras")
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextlib.contextmanager
def _missing(packages: Iterable[str]) -> Iterator[None]:
    """Lets packages that are not imported yet seem not to be installed."""
    hidden = [name for name in packages if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # It is not found, then.
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextlib.contextmanager
def extra(name: str) -> Iterator[None]:
    """Says what to install where an import of the extra `name` fails.

    Raises:
        InputError: if one does.
    """
    try:
        yield
    except ImportError as error:
        raise InputError(
            f"This command needs packages that are not there ({error}). Run "
            f"`pip install -e '.[{name}]'`."
        ) from error


@contextlib.contextmanager
def _messages() -> Iterator[None]:
    """Exits with one message instead of a traceback where the input is at fault."""
    try:
        yield
        sys.stdout.flush()  # Later, a closed pipe could not be told any more.
    except (InputError, flags.Error, app.UsageError) as error:
        _fail(str(error), BAD_INPUT)
    except BrokenPipeError:  # `... | head` has read enough.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):  # Python flushes both at the end.
            os.dup2(nowhere, stream.fileno())
        sys.exit(BROKEN_PIPE)
    except OSError as error:
        message = f"{error}. Make room or give access there, or choose another place."
        _fail(message, BAD_INPUT)
    except _memory_errors() as error:
        _fail(_no_memory(error), BAD_INPUT)
    except KeyboardInterrupt as stopped:
        number = stopped.args[0] if stopped.args else signal.SIGINT
        _fail("Stopped.", 128 + number)


@contextlib.contextmanager
def _stopped_like_by_keyboard() -> Iterator[None]:
    """Lets SIGTERM and SIGHUP, too, raise KeyboardInterrupt, so that `finally` is done.

    A second one ends the process at once. What is ignored, as by nohup, stays so.
    """

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt(number)

    numbers = signal.SIGTERM, signal.SIGHUP
    with answered_by(
        stop, [x for x in numbers if signal.getsignal(x) == signal.SIG_DFL]
    ):
        yield


def _memory_errors() -> tuple[type[Exception], ...]:
    """Returns Python's and TensorFlow's, if that is there, for too little memory."""
    if "tensorflow" not in sys.modules:
        return (MemoryError,)
    errors = importlib.import_module("tensorflow").errors
    return MemoryError, errors.ResourceExhaustedError


def _no_memory(error: Exception) -> str:
    asked = reason_of(error).partition(" on /job:")[0]  # A device follows.
    return (
        f"The settings must fit into memory. Received: {asked or 'too large ones'}. "
        "Lower a size or a number."
    )


def _fail(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    sys.exit(code)


def _check_leftover(arguments: Sequence[str]) -> None:
    if len(arguments) > 1:
        raise app.UsageError(
            "Every argument must be a flag, --name=value. Received: "
            f"{' '.join(arguments[1:])}. See --help."
        )


def _print_help(description: str, names: Iterable[str]) -> None:
    print(description)
    for name in names:
        flag = flags.FLAGS[name]
        print(flags.text_wrap(f"--{name}={flag.default!r}", indent="  "))
        print(flags.text_wrap(flag.help, indent="      "))
    sys.stdout.flush()
    sys.exit()

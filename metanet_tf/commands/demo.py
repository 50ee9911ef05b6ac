"""Serves a page: teach classes by an example each, drawn or photographed, then ask.

    demo --model=NAME|RUN|EXPORT --port=8080

Then open http://127.0.0.1:8080 in a browser. Examples stay in the browser; the page
saves them as a folder for --support_dir of this command and of classify. ^C ends.

Flags:
"""

from metanet_tf.commands import command
from metanet_tf.config import DemoConfig
from metanet_tf.demo.initial_classes import read_initial_classes
from metanet_tf.model_source import find_model
from metanet_tf.server.listening import address, check_token, listen
from metanet_tf.utils.flag_settings import from_flags


def main() -> None:
    """Entry point of `bin/demo` and `metanet-demo`."""
    command.run(lambda: demo(from_flags(DemoConfig)), [DemoConfig], __doc__)


def demo(config: DemoConfig) -> None:
    """Serves the page until ^C.

    Raises:
        InputError: if the model, the examples or the place to listen at cannot be
            used, or the packages of a server are not installed.
    """
    find_model(config.model)
    check_token(config.host, config.token)
    initial = read_initial_classes(config.support_dir)
    with command.extra("demo"):
        from metanet_tf.demo.app import make_app, run_app
        from metanet_tf.server.access import Access, read_names
    with listen(config.host, config.port) as listener:
        # TensorFlow takes seconds to import: only once the settings are found good.
        with command.quiet_import():
            from metanet_tf.demo.teacher import Teacher
        teacher = Teacher(config.model)
        teacher.check(initial)
        page = address(listener) + (f"/?token={config.token}" if config.token else "")
        print(f"Open {page} in a browser; ^C ends.", flush=True)
        names = read_names(config.allowed_hosts)
        access = Access(config.host, names, token=config.token)
        run_app(make_app(teacher, initial, access), listener)

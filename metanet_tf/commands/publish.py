"""Makes a pretrained model of a finished run: weights, settings, card, checksums.

    publish --train_dir=runs/omniglot_20way --name=omniglot_20way

Tests the run's best model, chooses thresholds for pictures of no taught class on
validation classes, and writes <name>/ where `load_pretrained` finds it.

Flags:
"""

import dataclasses
import re

from metanet_tf.commands import command
from metanet_tf.config import PublishConfig
from metanet_tf.errors import InputError
from metanet_tf.flag_settings import from_flags, read_numbers
from metanet_tf.training.run_folder import RunFolder


def main() -> None:
    """Entry point of `bin/publish` and `metanet-publish`."""
    command.run(lambda: publish(from_flags(PublishConfig)), [PublishConfig], __doc__)


def publish(config: PublishConfig) -> None:
    """Publishes the run in `config.train_dir`.

    Raises:
        InputError: if the run is not finished, the name or `ways` cannot be used, or
            the folder holds something else.
        OSError: if it cannot be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", config.name):
        raise InputError(
            "`name` must be small letters, digits and underscores, such as "
            f"omniglot_20way. Received: {config.name!r}. Change --name."
        )
    trained = RunFolder(config.train_dir).read_config().episode
    ways = read_numbers("ways", config.ways, minimum=2) or [trained.n_way]
    tasks = [dataclasses.replace(trained, n_way=n_way) for n_way in ways]

    # TensorFlow takes seconds to import: only once the settings are found good.
    with command.quiet_import():
        from metanet_tf.pretrained.publish import publish_run
    folder = publish_run(config, tasks)
    print((folder / "MODEL_CARD.md").read_text(encoding="utf-8"))
    print(f"{folder} holds the pretrained model.")

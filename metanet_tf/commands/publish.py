"""Makes a pretrained model of a finished run: weights, settings, card, checksums.

    publish --model=runs/omniglot --name=omniglot

Tests the run's best model, chooses thresholds for pictures of no taught class on
validation classes, and writes <name>/ where `load_pretrained` finds it.

Flags:
"""

import re

from metanet_tf.commands import command
from metanet_tf.config import EpisodeConfig, PublishConfig
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import from_flags

NO_THRESHOLD = (
    'No threshold for "none of these" was chosen: that takes twice as many validation '
    "and test classes as a task has. Give --threshold where the model is used."
)
_QUERIES_PER_TASK = 100
_MAX_QUERIES_PER_CLASS = 10  # Omniglot has 20 drawings of a class.


def main() -> None:
    """Entry point of `bin/publish` and `metanet-publish`."""
    command.run(lambda: publish(from_flags(PublishConfig)), [PublishConfig], __doc__)


def publish(config: PublishConfig) -> None:
    """Publishes the run `config.model`.

    Raises:
        InputError: if the run is not finished, the name or `tasks` cannot be used, or
            the folder is there or holds something else.
        OSError: if it cannot be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", config.name):
        raise InputError(
            "`name` must be small letters, digits and underscores, such as "
            f"omniglot. Received: {config.name!r}. Change --name."
        )
    tasks = [_task(size) for size in config.tasks.split(",")]

    # TensorFlow takes seconds to import: only once the settings are found good.
    with command.quiet_import():
        from metanet_tf.pretrained.publish import publish_run
    published = publish_run(config, tasks)
    for found in published.evaluations:
        print(f"{found.n_way}-way {found.k_shot}-shot: {found.accuracy}")
    if not published.rejections:
        print(NO_THRESHOLD)
    print(f"{published.folder} holds the pretrained model and its card.")


def _task(size: str) -> EpisodeConfig:
    """Reads a size such as 20x1; about 100 queries a task make intervals narrow."""
    found = re.fullmatch(r"\s*(\d{1,9})x(\d{1,9})\s*", size)
    n_way, k_shot = map(int, found.groups()) if found else (0, 0)
    if n_way < 2 or k_shot < 1:
        raise InputError(
            "`tasks` must be sizes such as 5x1,20x1,5x5 (N-way K-shot, N >= 2, "
            f"K >= 1). Received: {size!r}. Change --tasks."
        )
    queries = min(max(_QUERIES_PER_TASK // n_way, 1), _MAX_QUERIES_PER_CLASS)
    return EpisodeConfig(n_way, k_shot, queries)

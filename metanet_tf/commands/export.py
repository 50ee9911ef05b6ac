"""Writes a trained MetaNet as a SavedModel, which needs none of this code.

    export --model=runs/glyphs --export_dir=runs/glyphs/export
    export --model=NAME --support_dir=my_classes --export_dir=models/mine

The first is taught by each request; an earlier export in --export_dir is replaced,
and a folder with other files refused. The second names the classes of my_classes/: a
new version, 1, 2, ..., in --export_dir, for TensorFlow Serving and bin/serve.
Without --model, says which models there are.

Flags:
"""

import sys

from metanet_tf.commands import command
from metanet_tf.commands.teaching import read_examples, teach, warnings_as_lines
from metanet_tf.config import ExportConfig
from metanet_tf.model_source import TRAINED, Kind, find_model
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import from_flags

_EXPORTED_ALREADY = (
    "It is exported already. Give --support_dir to teach it classes, or the model that "
    "it was made from."
)


def main() -> None:
    """Entry point of `bin/export` and `metanet-export`."""
    command.run(lambda: export(from_flags(ExportConfig)), [ExportConfig], __doc__)


def export(config: ExportConfig) -> None:
    """Exports a pretrained model, or the run's model of the best validation.

    Raises:
        InputError: if there is no such model, `export_dir` cannot be used or an
            example cannot be used; nothing is written then.
    """
    if config.support_dir:
        with warnings_as_lines():
            _export_taught(config)
    else:
        _export_base(config)


def _export_taught(config: ExportConfig) -> None:
    find_model(config.model)
    if not config.export_dir:
        raise InputError(_no_export_dir("--support_dir"))
    examples = read_examples(config.support_dir)
    # TensorFlow takes seconds to import: only once the flags are found good.
    with command.quiet_import():
        from metanet_tf.one_shot.classifier import OneShotClassifier
    classifier = OneShotClassifier(config.model, ink=config.ink)
    teach(classifier, *examples, skip_unreadable=config.skip_unreadable)
    _tell_begin(config.export_dir)
    folder = classifier.export(config.export_dir, litert=config.litert)
    print(f"{folder} holds the SavedModel of {len(classifier.classes_)} classes.")


def _export_base(config: ExportConfig) -> None:
    if config.litert:
        raise InputError(
            "`litert` must be with classes to name. Received: --litert without "
            "--support_dir. Give that, too, or leave --litert out."
        )
    source = find_model(config.model, TRAINED, remedy=_EXPORTED_ALREADY)
    if source.kind is not Kind.RUN and not config.export_dir:
        raise InputError(_no_export_dir("a pretrained model"))
    with command.quiet_import():
        from metanet_tf.commands.chosen_model import chosen_model
        from metanet_tf.saved_model.export import export_model
    trained = chosen_model(source)
    export_dir = config.export_dir or str(RunFolder(source.folder).export_dir)
    _tell_begin(export_dir)
    export_model(
        trained.model,
        export_dir,
        trained.rejections,
        preparation=trained.config.data.preparation,
    )
    print(f"{export_dir} holds the SavedModel.")


def _tell_begin(export_dir: str) -> None:
    print(f"Writing a SavedModel to {export_dir} ...", file=sys.stderr, flush=True)


def _no_export_dir(companion: str) -> str:
    return (
        f"`export_dir` must be given with {companion}. Received: nothing. Give "
        "--export_dir."
    )

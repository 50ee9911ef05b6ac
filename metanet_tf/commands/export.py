"""Writes a trained MetaNet as a SavedModel, which needs none of this code.

    export --train_dir=runs/glyphs --export_dir=runs/glyphs/export
    export --pretrained=NAME --support_dir=my_classes --export_dir=models/mine

The first is taught by each request; an earlier export in --export_dir is replaced,
and a folder with other files refused. The second names the classes of my_classes/: a
new version, 1, 2, ..., in --export_dir, for TensorFlow Serving and bin/serve.

Flags:
"""

from metanet_tf.commands import command
from metanet_tf.commands.teaching import teach, warnings_as_lines
from metanet_tf.config import ExportConfig
from metanet_tf.errors import InputError
from metanet_tf.flag_settings import from_flags
from metanet_tf.one_shot.support_folder import read_support_folder
from metanet_tf.training.run_folder import RunFolder


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
    _check_export_dir(config)
    examples = read_support_folder(config.support_dir)
    # TensorFlow takes seconds to import: only once the flags are found good.
    with command.quiet_import():
        from metanet_tf.one_shot.classifier import OneShotClassifier
    classifier = OneShotClassifier(
        config.pretrained or config.train_dir, ink=config.ink
    )
    teach(classifier, *examples, skip_unreadable=config.skip_unreadable)
    folder = classifier.export(config.export_dir, litert=config.litert)
    print(f"{folder} holds the SavedModel of {len(classifier.classes_)} classes.")


def _export_base(config: ExportConfig) -> None:
    if config.litert:
        raise InputError(
            "`litert` must be with classes to name. Received: --litert without "
            "--support_dir. Give that, too, or leave --litert out."
        )
    if config.pretrained:
        _check_export_dir(config)
    with command.quiet_import():
        from metanet_tf.commands.chosen_model import chosen_model
        from metanet_tf.serving.export import export_model
    trained = chosen_model(config.train_dir, config.pretrained)
    export_dir = config.export_dir or str(RunFolder(config.train_dir).export_dir)
    export_model(
        trained.model,
        export_dir,
        trained.rejections,
        preparation=trained.config.data.preparation,
    )
    print(f"{export_dir} holds the SavedModel.")


def _check_export_dir(config: ExportConfig) -> None:
    if not config.export_dir:
        raise InputError(
            "`export_dir` must be given with --pretrained and with --support_dir. "
            "Received: nothing. Give --export_dir."
        )

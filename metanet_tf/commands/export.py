"""Writes a trained MetaNet as a SavedModel, which needs none of this code.

    export --train_dir=runs/glyphs --export_dir=runs/glyphs/export

An earlier export in --export_dir is replaced; a folder with other files is refused.

Flags:
"""

from metanet_tf.commands import command
from metanet_tf.config import ExportConfig
from metanet_tf.flag_settings import from_flags
from metanet_tf.training.run_folder import RunFolder


def main() -> None:
    """Entry point of `bin/export` and `metanet-export`."""
    command.run(lambda: export(from_flags(ExportConfig)), [ExportConfig], __doc__)


def export(config: ExportConfig) -> None:
    """Exports the run's model of the best validation.

    Raises:
        InputError: if there is no such model or `export_dir` cannot be used.
    """
    # TensorFlow takes seconds to import: only once the flags are found good.
    with command.quiet_import():
        from metanet_tf.serving.export import export_model
        from metanet_tf.training.trained_model import load_trained_model
    model, _ = load_trained_model(config.train_dir)
    export_dir = config.export_dir or str(RunFolder(config.train_dir).export_dir)
    export_model(model, export_dir)
    print(f"{export_dir} holds the SavedModel.")

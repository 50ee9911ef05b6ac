"""Exports the trained model of a run into its folder."""

from metanet_tf.saved_model.export import export_model
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import load_trained_model
from metanet_tf.utils.errors import InputError


def export_run(folder: RunFolder) -> None:
    """Writes the model of the best validation to export/ in the run's folder.

    Raises:
        InputError: if there is no such model or export/ cannot be written.
    """
    model, config = load_trained_model(str(folder.path))
    preparation = config.data.preparation
    try:
        export_model(model, str(folder.export_dir), preparation=preparation)
    except InputError as error:
        raise InputError(
            f"{folder.export_dir} must be new, empty or an earlier export, and have "
            f"room. Received: {error.__cause__ or 'a folder that holds other files'}. "
            "The run is trained and tested. Make room there and give the same command "
            "again, or use bin/export to export to another place."
        ) from error

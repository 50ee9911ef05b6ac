"""A whole run: load, train, test once, write the results, export."""

from collections.abc import Iterator
from typing import Any

from metanet_tf.config import RunConfig
from metanet_tf.datasets import load_dataset
from metanet_tf.datasets.image_classes import Dataset
from metanet_tf.episodes import Episode, episode_dataset
from metanet_tf.evaluation import Evaluation, evaluate
from metanet_tf.files import write_json
from metanet_tf.serving.export import export_model
from metanet_tf.training.checkpoints import (
    Checkpoints,
    Progress,
    disk_errors,
    restore_best,
)
from metanet_tf.training.devices import make_strategy
from metanet_tf.training.loop import TrainingLoop
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.step import TrainStep, make_optimizer
from metanet_tf.training.summaries import Summaries
from metanet_tf.training.trained_model import make_model
from metanet_tf.versions import versions

# Every run is validated and tested on the same tasks; their classes differ.
EVALUATION_SEED = 0


class Run:
    """Trains and tests the model that `config` describes, in its folder.

    Nothing is written before the data have been found to fit the settings.

    Args:
        config: all settings of the run.

    Raises:
        InputError: if the settings do not fit each other, the data, or the run
            that is already in the folder, or if that cannot be written.
    """

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self._folder = RunFolder(config.training.train_dir)
        self._folder.check(config)
        self._strategy = make_strategy(config.training)
        self._dataset = load_dataset(config.data)
        self._example = _check_tasks(self._dataset, config)
        with disk_errors(self._folder.path):
            self._folder.prepare(config)
        self._make_state()

    def train(self) -> None:
        """Trains to the end, from the newest checkpoint if there is one.

        Raises:
            Interrupted: after ^C or SIGTERM, when the state has been saved.
            InputError: if no checkpoint can be read or the folder not be written.
        """
        self._checkpoints.restore()
        config = self._config.training
        loop = TrainingLoop(
            config,
            train_step=TrainStep(self._model, self._optimizer, config, self._strategy),
            validate=self._validate,
            checkpoints=self._checkpoints,
            progress=self._progress,
            summaries=Summaries(self._folder, self._model, self._example),
        )
        loop.run(self._training_episodes(self._checkpoints.step))

    def finish(self, command: str) -> dict[str, Any]:
        """Tests the best model once, writes results.json and export/.

        Args:
            command: what the run was started with, for the results.

        Returns:
            What results.json holds.
        """
        steps = self._checkpoints.step
        best_step = restore_best(self._model, self._folder)
        evaluation = evaluate(
            self._model,
            self._dataset.test,
            self._config.episode,
            episodes=self._config.training.test_episodes,
            seed=EVALUATION_SEED,
        )
        results = evaluation.summary() | {
            "validation_accuracy": float(self._progress.best_accuracy.numpy()),
            "steps": steps,
            "best_step": best_step,
            "seconds": round(float(self._progress.seconds.numpy()), 1),
            "seed": self._config.training.seed,
            "command": command,
            "versions": versions(),
        }
        export_model(self._model, str(self._folder.export_dir))
        with disk_errors(self._folder.path):
            write_json(self._folder.results_file, results)
        return results

    def _make_state(self) -> None:
        with self._strategy.scope():
            self._model = make_model(self._config)
            self._optimizer = make_optimizer(self._config.training)
            # Restoring needs the moments to be there.
            self._optimizer.build(self._model.trainable_variables)
            self._progress = Progress()
        self._checkpoints = Checkpoints(
            self._folder, self._model, self._optimizer, self._progress
        )

    def _validate(self) -> Evaluation:
        return evaluate(
            self._model,
            self._dataset.validation,
            self._config.episode,
            episodes=self._config.training.validation_episodes,
            seed=EVALUATION_SEED,
        )

    def _training_episodes(self, step: int) -> Iterator[Episode]:
        """Yields the episodes of each step from `step` on, a share per replica."""
        per_step = self._config.training.episodes_per_step
        episodes = episode_dataset(
            self._dataset.training,
            self._config.episode,
            seed=self._config.training.seed,
            start=step * per_step,
            rotations=self._config.data.rotations,
        )
        share = per_step // self._strategy.num_replicas_in_sync
        batches = episodes.batch(share, drop_remainder=True).prefetch(2)
        return iter(self._strategy.distribute_datasets_from_function(lambda _: batches))


def _check_tasks(dataset: Dataset, config: RunConfig) -> Episode:
    """Checks that every part of the data has room for a task.

    Returns:
        The first validation task.
    """
    episode_dataset(
        dataset.training, config.episode, seed=0, rotations=config.data.rotations
    )
    episode_dataset(dataset.test, config.episode, seed=0)
    validation = episode_dataset(
        dataset.validation, config.episode, seed=EVALUATION_SEED
    )
    return next(iter(validation))

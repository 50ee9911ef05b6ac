"""A whole run: load, train, test once, write the results."""

import dataclasses
import sys
from collections.abc import Callable
from typing import Any

from absl import logging

from metanet_tf.config import RunConfig, TrainingConfig
from metanet_tf.data import load_for_training
from metanet_tf.data.episodes import (
    Episode,
    check_every_part,
    episode_dataset,
)
from metanet_tf.evaluation.accuracy import Evaluation, Evaluator
from metanet_tf.training.checkpoints import Checkpoints, Progress, restore_best
from metanet_tf.training.class_loss import make_class_loss
from metanet_tf.training.devices import is_bfloat16_faster
from metanet_tf.training.interruption import interruptible
from metanet_tf.training.loop import TrainingLoop
from metanet_tf.training.reproduction import Reproducer
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.step import TrainStep, make_optimizer, trained_variables
from metanet_tf.training.steps import make_steps
from metanet_tf.training.summaries import Summaries
from metanet_tf.training.trained_model import (
    copy_meta_weights,
    copy_weights,
    for_use,
    load_any_model,
    make_model,
)
from metanet_tf.training.workers import join_workers
from metanet_tf.utils.task_bar import task_bar
from metanet_tf.utils.versions import versions

# Every run is validated and tested on the same tasks; their classes differ.
EVALUATION_SEED = 0


class Run:
    """Trains and tests the model that `config` describes, in its folder.

    Nothing is written before data and weights have been found to fit the settings, and
    no other process trains in the folder. A run that is there already is continued
    from its newest checkpoint.

    Args:
        config: all settings of the run.

    Raises:
        InputError: if the settings do not fit each other, the data, or the run
            that is already in the folder, if none of its checkpoints can be read,
            if the folder cannot be written, or if there are no weights to begin with
            where the settings ask for them.
        WorkerLost: if another worker does not come or has ended before.
    """

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self._versions = versions()  # The code may change while the run goes on.
        self._workers = join_workers(config.training)
        self._strategy = self._workers.strategy
        self._folder = RunFolder(
            config.training.train_dir, read_only=not self._workers.is_chief
        )
        self._folder.check(config)
        with self._workers.losses_reported():
            with self._workers.chief_first():  # It may download.
                self._dataset = load_for_training(config.data)
            check_every_part(
                self._dataset,
                config.largest_episode,
                config.evaluation_episode,
                config.evaluation_settings,
            )
            self._make_state()
            self._restore_state()

    @property
    def step(self) -> int:
        """Number of updates made so far, those of earlier processes included."""
        return self._checkpoints.step

    def train(self) -> None:
        """Trains to the end.

        Raises:
            Interrupted: after ^C, SIGTERM or SIGHUP, when the state has been saved.
            InputError: if the folder cannot be written, or another process trains in
                it.
            NotFiniteError: if the loss is not finite any more.
            WorkerLost: if another worker has ended before.
        """
        config = self._config.training
        train_step = TrainStep(
            self._model, self._optimizer, config, self._strategy, self._class_loss
        )
        with self._workers.losses_reported(), self._folder.reserved():
            self._folder.check(self._config)  # Another may have begun a run since.
            self._folder.prepare(self._config, self._versions)
            loop = TrainingLoop(
                config,
                train_step=train_step,
                steps=make_steps(
                    train_step,
                    self._dataset.training,
                    self._config,
                    self._strategy,
                    self.step,
                ),
                validate=self._validate,
                reproduce=Reproducer(
                    self._folder,
                    self._config,
                    self._model,
                    self._dataset.training,
                    self._class_loss,
                ),
                checkpoints=self._checkpoints,
                progress=self._progress,
                summaries=Summaries(
                    self._folder,
                    self._model,
                    self._example(),
                    self.step,
                    is_ink=self._config.data.is_ink,
                ),
                workers=self._workers,
            )
            loop.run()

    @property
    def is_chief(self) -> bool:
        """True unless another worker writes the run's folder."""
        return self._workers.is_chief

    def finish(self, command: str) -> dict[str, Any]:
        """Tests the best model once and writes results.json.

        Args:
            command: what the run was started with, for the results.

        Returns:
            What results.json holds.

        Raises:
            WorkerLost: if another worker has ended before.
        """
        model = make_model(for_use(self._config))
        episodes = self._config.training.test_episodes
        best_step = self.step  # Of the chief alone it matters.
        if self._workers.is_chief:
            best_step = restore_best(model, self._folder)
        with self._workers.losses_reported():
            self._workers.copy_chief(model.variables)
            share = -(-episodes // self._workers.count)
            with task_bar("testing", share, self.is_chief) as between_tasks:
                evaluation = self._workers.evaluate(
                    Evaluator(model),
                    self._dataset.test,
                    self._config.evaluation_episode,
                    episodes=episodes,
                    seed=EVALUATION_SEED,
                    between_tasks=between_tasks,
                )
        results = evaluation.summary() | {
            "validation_accuracy": float(self._progress.best_accuracy.numpy()),
            "steps": self.step,
            "best_step": best_step,
            "seconds": round(float(self._progress.seconds.numpy()), 1),
            "seed": self._config.training.seed,
            "command": command,
            "versions": self._versions,
            # Others than those above if the run was continued by changed code.
            "first_versions": self._folder.read(self._folder.versions_file),
        }
        self._folder.write(self._folder.results_file, results)
        with self._workers.losses_reported():
            self._workers.wait()  # Whoever ends well knows that they are written.
        return results

    def _make_state(self) -> None:
        with self._strategy.scope():
            self._model = make_model(_for_this_machine(self._config))
            self._optimizer = make_optimizer(self._config.training)
            self._class_loss = make_class_loss(self._config, self._dataset.training)
            # Restoring needs the moments to be there.
            self._optimizer.build(trained_variables(self._model, self._class_loss))
            self._progress = Progress()
        self._evaluator = Evaluator(self._model)
        self._checkpoints = Checkpoints(
            self._folder,
            self._model,
            self._optimizer,
            self._progress,
            self._class_loss,
        )

    def _restore_state(self) -> None:
        """Goes on from the newest checkpoint; only the chief need see the files."""
        if self._workers.is_chief:
            self._checkpoints.restore()
            if not self.step:
                self._begin_with(self._config.training)
        directions = [] if self._class_loss is None else [self._class_loss.kernel]
        self._workers.copy_chief(
            [
                *self._model.variables,
                *directions,
                *self._optimizer.variables,
                *self._progress.variables,
            ]
        )

    def _begin_with(self, config: TrainingConfig) -> None:
        """Takes over the weights of other models that the settings name."""
        if config.weights_from:
            source = load_any_model(config.weights_from, "weights_from")
            copy_weights(source, self._model)
        if config.meta_weights_from:
            source = load_any_model(config.meta_weights_from, "meta_weights_from")
            copy_meta_weights(source, self._model)

    def _validate(self, between_tasks: Callable[[], object]) -> Evaluation:
        return self._workers.evaluate(
            self._evaluator,
            self._dataset.validation,
            self._config.evaluation_episode,
            episodes=self._config.training.validation_episodes,
            seed=EVALUATION_SEED,
            between_tasks=between_tasks,
        )

    def _example(self) -> Episode:
        """The first validation task."""
        tasks = episode_dataset(
            self._dataset.validation,
            self._config.evaluation_episode,
            seed=EVALUATION_SEED,
        )
        return next(iter(tasks))


def train_and_test(config: RunConfig, command: str) -> dict[str, Any]:
    """Trains a run to its end, or goes on with it, and tests it.

    Args:
        config: all settings of the run.
        command: what it was started with, for the results.

    Returns:
        What results.json holds.

    Raises:
        InputError, WorkerLost: as `Run` and `Run.train` do.
        Interrupted: after ^C, SIGTERM or SIGHUP, when the state has been saved.
    """
    run = Run(config)
    if run.is_chief:
        print(_announcement(config, run.step), file=sys.stderr)
    run.train()
    if run.is_chief:
        print(
            f"Testing the best model on {config.training.test_episodes} tasks of "
            "classes never seen:",
            file=sys.stderr,
        )
    with interruptible():
        return run.finish(command)


def _announcement(config: RunConfig, step: int) -> str:
    """Returns a line about what is trained on what, how long and where."""
    task, training = config.episode, config.training
    minutes = f" or {training.minutes:g} minutes" if training.minutes else ""
    going_on = f"Going on from step {step}. " if step else ""
    return (
        f"{going_on}Training on {config.data.dataset}, {task.n_way}-way "
        f"{task.k_shot}-shot tasks, {training.steps:,} steps{minutes}, into "
        f"{training.train_dir}. ^C saves."
    )


def _for_this_machine(config: RunConfig) -> RunConfig:
    """Returns the settings without `mixed_precision` where it would be slower."""
    if not config.model.mixed_precision or is_bfloat16_faster():
        return config
    logging.info("bfloat16 is no faster on this machine: training in float32.")
    return dataclasses.replace(
        config, model=dataclasses.replace(config.model, mixed_precision=False)
    )

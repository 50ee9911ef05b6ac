"""Writes down a step whose loss or gradient is not finite, and makes it again."""

import dataclasses
import json
import os
import pathlib

import numpy as np
import tensorflow as tf

from metanet_tf.config import RUN_CONFIGS, RunConfig
from metanet_tf.data.episodes import Episode, episode_dataset
from metanet_tf.data.image_classes import ImageClasses
from metanet_tf.model import MetaNet
from metanet_tf.training.class_loss import ClassLoss
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.step import TrainStep, make_optimizer, trained_variables
from metanet_tf.training.steps import how_to_draw
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.errors import InputError, NotFiniteError
from metanet_tf.utils.files import file_errors, write_aside


@dataclasses.dataclass(frozen=True)
class Step:
    """A step and the state that it is made in.

    Attributes:
        config: of the run.
        number: of the step, from 0.
        weights: values of all variables of the model.
        episodes: each part with a leading axis.
        directions: of the class loss; empty without one.
    """

    config: RunConfig
    number: int
    weights: list[np.ndarray]
    episodes: Episode
    directions: np.ndarray

    def described(self) -> str:
        """The step and its episodes in the words of a message."""
        per_step = self.config.training.episodes_per_step
        first = self.number * per_step
        episodes = f"episodes {first} to {first + per_step - 1}"
        seed = self.config.training.seed
        return f"step {self.number + 1}, {episodes} of seed {seed}"


class Reproducer:
    """Writes down a step of a run, with all that it needs, for `replay`.

    Args:
        folder: of the run.
        config: of the run.
        model: in the state that the step is made in.
        classes: training classes.
        class_loss: in that state, too, if there is one.
    """

    def __init__(
        self,
        folder: RunFolder,
        config: RunConfig,
        model: MetaNet,
        classes: ImageClasses,
        class_loss: ClassLoss | None = None,
    ) -> None:
        self._folder = folder
        self._config = config
        self._model = model
        self._classes = classes
        self._class_loss = class_loss

    def __call__(self, number: int) -> NotFiniteError:
        """Writes step `number`, from 0, into the run's folder, unless read only.

        Returns:
            The error that tells of it.

        Raises:
            InputError: if the folder cannot be written.
        """
        step = self._step(number)
        path = self._folder.path / f"not_finite-{number + 1}.npz"
        if not self._folder.read_only:
            self._write(step, path)
        return NotFiniteError(
            f"The loss and its gradient must be finite. Received: others in "
            f"{step.described()}. What was saved before is kept. Look at the step with "
            f"bin/train --replay={path}. Then start anew in another --train_dir with a "
            "lower --learning_rate or --clip_norm, or go on with --skip_nonfinite."
        )

    def _write(self, step: Step, path: pathlib.Path) -> None:
        with file_errors(self._folder.setting, path), write_aside(path) as aside:
            with open(aside, "wb") as file:
                np.savez(file, **_arrays(step))  # type: ignore[arg-type]

    def _step(self, number: int) -> Step:
        per_step = self._config.training.episodes_per_step
        episodes = episode_dataset(
            self._classes,
            self._config.episode,
            **how_to_draw(self._config),
            start=number * per_step,
        )
        weights = [variable.numpy() for variable in self._model.variables]
        loss = self._class_loss
        directions = np.zeros([0, 0]) if loss is None else loss.kernel.numpy()
        batch = next(iter(episodes.batch(per_step)))
        return Step(self._config, number, weights, batch, directions)


def replay(path: str | os.PathLike) -> bool:
    """Makes the step of a file again and prints its metrics.

    Returns:
        True if loss and gradient are finite this time.

    Raises:
        InputError: if the file cannot be read.
    """
    step = _read(path)
    model = make_model(step.config)
    for variable, value in zip(model.variables, step.weights, strict=True):
        variable.assign(value)
    optimizer = make_optimizer(step.config.training)
    class_loss = ClassLoss(step.directions) if step.directions.size else None
    optimizer.build(trained_variables(model, class_loss))
    strategy = tf.distribute.get_strategy()
    train_step = TrainStep(model, optimizer, step.config.training, strategy, class_loss)
    metrics = train_step(step.episodes)
    print(f"{path}: {step.described()}")
    for name, value in metrics.items():
        print(f"{name:24} {float(value):.6g}")
    return not train_step.updates_left_out


def _arrays(step: Step) -> dict[str, np.ndarray]:
    weights = {f"weights_{i}": value for i, value in enumerate(step.weights)}
    episodes = {k: v.numpy() for k, v in step.episodes._asdict().items()}
    settings = json.dumps(dataclasses.asdict(step.config))
    return {
        "settings": np.array(settings),
        "number": np.array(step.number),
        "directions": step.directions,
        **weights,
        **episodes,
    }


def _read(path: str | os.PathLike) -> Step:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            settings = json.loads(str(arrays["settings"])).items()
            parts = dict(zip(_PARTS, RUN_CONFIGS, strict=True))
            count = sum(name.startswith("weights_") for name in arrays)
            return Step(
                RunConfig(**{name: parts[name](**values) for name, values in settings}),
                int(arrays["number"]),
                [arrays[f"weights_{index}"] for index in range(count)],
                Episode(*(tf.constant(arrays[name]) for name in Episode._fields)),
                arrays["directions"],
            )
    except Exception as error:  # Damage shows as errors of many types.
        raise InputError(
            "`replay` must be a file that a training of this version wrote when its "
            f"loss was not finite. Received: {path} ({error}). Change --replay."
        ) from error


_PARTS = [field.name for field in dataclasses.fields(RunConfig)]

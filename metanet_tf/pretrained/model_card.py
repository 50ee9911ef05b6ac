"""Model card: what a user should know of a trained model, as Markdown."""

import dataclasses
import pathlib
import shlex
import textwrap
from collections.abc import Sequence
from typing import Any

from metanet_tf.config import DataConfig, RunConfig, preset_files, run_config_from_file
from metanet_tf.evaluation.accuracy import Evaluation
from metanet_tf.evaluation.rejection import ErrorRates, RejectionThreshold
from metanet_tf.model_source import pretrained_names
from metanet_tf.pretrained.model_folder import settings_without_paths
from metanet_tf.utils.flag_settings import to_arguments

_SOURCES = {
    "omniglot": "Omniglot (Lake, Salakhutdinov and Tenenbaum, 2015; MIT licence)",
    "mnist": "MNIST (LeCun, Cortes and Burges; CC BY-SA 3.0)",
    "glyphs": "glyphs that this package draws itself",
    "image_folder": "a folder of pictures of their own",
    "mini_imagenet": "Mini-ImageNet (Vinyals et al., 2016; split of Ravi and "
    "Larochelle, 2017), photographs of ImageNet, whose terms allow research and "
    "teaching that are not commercial",
    "cifar_fs": "CIFAR-FS (Bertinetto et al., 2019), photographs of CIFAR-100",
}

# What the card tells of a run's results.json.
CARD_RESULTS = ("steps", "best_step", "seconds", "seed", "versions")

# Data sets whose validation classes are `validation_classes`, whatever else is set.
_WITH_HELD_OUT = ("omniglot", "mnist", "glyphs")

# Data sets whose pictures are in `data_dir` and come from nowhere else.
_OF_THE_USER = ("image_folder", "mini_imagenet")

_RELIABLE = 0.8  # Accuracy below which the card warns.

_TEMPLATE = """\
# {name}

A Meta Network ([Munkhdalai and Yu, ICML 2017](https://arxiv.org/abs/1703.00837)),
variant `{variant}`, that learns classes it has never seen from {shots} of each.

```python
from metanet_tf import OneShotClassifier

classifier = OneShotClassifier.from_pretrained("{place}"){place_note}
classifier.fit("my_classes/")  # a picture, or a folder of pictures, for each class
classifier.predict(["picture.png"])
```

## Training

| | |
|---|---|
| data | {data} |
| tasks | {n_way}-way {k_shot}-shot |
| steps | {steps}; the best validated one, {best_step} |
| time | {minutes} minutes |
| seed | {seed} |
| weights | {significant_bits} of 24 significant bits |
| TensorFlow, commit | {versions} |

```
{command}
```

## Accuracy

On test classes, which were neither trained nor chosen on, with 95 % intervals.
*Attention alone* is what the memory would answer without the base learner. *Names
itself* is the share of taught pictures that are named right. The *calibration error* is
the mean distance of a probability from how often it is right; the temperature,
{temperature:.3g}, was chosen on validation classes.

| ways | shots | accuracy | attention alone | names itself | calibration error | tasks |
|---|---|---|---|---|---|---|
{accuracies}

## Unknown classes

{rejections}

## Limits

{reliability}{limits}
- Accuracy falls with the number of classes, and with pictures unlike the training data.
{threshold_limits}
## Licence

Weights: {licence}.
"""

_REJECTIONS = """\
A picture less similar to every example than the threshold is of no taught class.
Thresholds were chosen on validation classes; between two numbers of ways they are
interpolated. Half of the pictures of a task were of classes that were not taught.

| ways | shots | threshold | classes | others accepted | taught rejected |
|---|---|---|---|---|---|
"""
_NO_REJECTIONS = """\
No threshold was chosen: there are too few classes to choose it on. Without `threshold`
(`--threshold`) every picture is given one of the taught classes."""
_THRESHOLD_LIMITS = (
    "- Thresholds hold for classes as different as those of the data named above.\n"
)


@dataclasses.dataclass(frozen=True)
class CardFacts:
    """Facts that the card states.

    Attributes:
        name: of the model.
        place: what `from_pretrained` takes: its name, or its folder.
        licence: of the weights.
        config: settings that the run was trained with.
        temperature: of the model, chosen after training.
        results: content of the run's results.json, `CARD_RESULTS` among it.
        evaluations: on test classes, for several numbers of ways.
        rejections: thresholds, for several numbers of ways.
        significant_bits: that were kept of every weight.
    """

    name: str
    place: str
    licence: str
    config: RunConfig
    temperature: float
    results: dict[str, Any]
    evaluations: Sequence[Evaluation]
    rejections: Sequence[RejectionThreshold]
    significant_bits: int = 24


_OF_DRAWINGS = """\
- It knows drawn characters: strokes, {size} x {size} pixels after preparation.
  Photographs of things, lines of text and filled shapes are foreign to it.
- """
# By preparation.
_LIMITS = {
    "drawing": _OF_DRAWINGS
    + "A drawing is found, centred and brought to one size and one stroke width: what "
    "these\n  mean on purpose is lost. Rotation matters.",
    "none": _OF_DRAWINGS
    + "Position, size and rotation of a drawing matter; nothing is cut out or turned.",
    "photograph": """\
- It knows photographs, {size} x {size} pixels {colours} after preparation. Drawings and
  pictures of other things than the data named above are foreign to it.
- The middle square of a photograph is looked at: what is at the ends of its longer side
  is cut off.""",
}


def model_card(facts: CardFacts) -> str:
    """Returns the card of a trained model, Markdown."""
    config, results = facts.config, facts.results
    versions, k_shot = results["versions"], config.episode.k_shot
    return _TEMPLATE.format(
        name=facts.name,
        place=facts.place,
        place_note="" if facts.place == facts.name else "  # its folder",
        variant=config.model.variant,
        shots="one image" if k_shot == 1 else f"{k_shot} images",
        data=_data(config),
        n_way=config.episode.n_way,
        k_shot=k_shot,
        steps=f"{results['steps']:,}",
        best_step=f"{results['best_step']:,}",
        minutes=f"{results['seconds'] / 60:.1f}",
        seed=results["seed"],
        versions=f"{versions['tensorflow']}, {versions['commit'] or 'unknown'}",
        command=_command(config),
        accuracies="\n".join(map(_accuracy_row, facts.evaluations)),
        rejections=_rejections(facts.rejections),
        threshold_limits=_THRESHOLD_LIMITS if facts.rejections else "",
        reliability=_reliability(facts.evaluations),
        limits=_limits(config.data),
        significant_bits=facts.significant_bits,
        temperature=facts.temperature,
        licence=facts.licence,
    )


def _reliability(evaluations: Sequence[Evaluation]) -> str:
    """Returns a warning, if there are tasks of few classes that are often wrong."""
    for found in evaluations:
        if found.n_way <= 5 and found.accuracy.value < _RELIABLE:
            wrong = round(100 * (1.0 - found.accuracy.value))
            examples = (
                "one example" if found.k_shot == 1 else f"{found.k_shot} examples"
            )
            return (
                f"- Do not rely on its answers: of a hundred pictures it names {wrong} "
                f"wrong among {found.n_way} classes\n  with {examples} each. It is to "
                "try things out, and to begin training on your own pictures with.\n"
            )
    return ""


def _limits(data: DataConfig) -> str:
    colours = "in colour" if data.channels == 3 else "in grey"
    return _LIMITS[data.preparation].format(size=data.image_size, colours=colours)


def _command(config: RunConfig) -> str:
    """Command that trains the model again: its preset, or all settings."""
    settings = settings_without_paths(config)
    began_anew = not (config.training.weights_from or config.training.meta_weights_from)
    for preset in preset_files() if began_anew else ():
        if settings_without_paths(run_config_from_file(preset)) == settings:
            return " ".join([f"bin/train --flagfile={preset.name}", *_data_dir(config)])
    parts = [getattr(config, part.name) for part in dataclasses.fields(config)]
    arguments = [argument for part in parts for argument in to_arguments(part)]
    arguments += _data_dir(config)
    for name in ("weights_from", "meta_weights_from"):
        if source := getattr(config.training, name):
            # The folder's name tells what it was; its place, nothing.
            place = "" if source in pretrained_names() else "runs/"
            arguments.append(f"--{name}={place}{pathlib.Path(source).name}")
    return textwrap.fill(
        " ".join(["bin/train", *arguments]),
        width=86,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\n", " \\\n    ")


def _data_dir(config: RunConfig) -> list[str]:
    """Returns the flag of the pictures' folder, where they are of no data set's own."""
    if config.data.dataset not in _OF_THE_USER or not config.data.data_dir:
        return []
    return [f"--data_dir={shlex.quote(pathlib.Path(config.data.data_dir).name)}"]


def _data(config: RunConfig) -> str:
    data = config.data
    parts = [_SOURCES.get(data.dataset, data.dataset)]
    if data.dataset == "omniglot":
        parts.append(f"{data.class_split} split")
    if data.rotations:
        parts.append("with rotated classes")
    if data.reflections:
        parts.append("with mirrored classes")
    if data.dataset in _WITH_HELD_OUT:
        parts.append(f"{data.validation_classes} classes kept for validation")
    return ", ".join(parts)


def _accuracy_row(evaluation: Evaluation) -> str:
    values = (
        evaluation.n_way,
        evaluation.k_shot,
        evaluation.accuracy,
        evaluation.attention_accuracy,
        f"{100 * evaluation.self_accuracy:.2f} %",
        f"{100 * evaluation.calibration_error:.2f} %",
        evaluation.episodes,
    )
    return f"| {' | '.join(map(str, values))} |"


def _rejections(rejections: Sequence[RejectionThreshold]) -> str:
    rows = "\n".join(map(_rejection_rows, rejections))
    return _REJECTIONS + rows if rejections else _NO_REJECTIONS


def _rejection_rows(rejection: RejectionThreshold) -> str:
    head = f"| {rejection.n_way} | {rejection.k_shot} | {rejection.threshold:.4f} |"
    return "\n".join(
        [
            _rates_row(head, "validation", rejection.validation),
            _rates_row(head, "test", rejection.test),
        ]
    )


def _rates_row(head: str, part: str, rates: ErrorRates) -> str:
    accepted, rejected = 100 * rates.false_accepts, 100 * rates.false_rejects
    return f"{head} {part} | {accepted:.1f} % | {rejected:.1f} % |"

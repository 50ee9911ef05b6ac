"""Every command with every kind of model: it answers, or says what to give instead."""

import re

import pytest
from PIL import Image

from metanet_tf import OneShotClassifier, model_source
from metanet_tf.commands.classify import classify
from metanet_tf.commands.demo import demo
from metanet_tf.commands.draw_task import draw_task
from metanet_tf.commands.evaluate import evaluate
from metanet_tf.commands.export import export
from metanet_tf.commands.publish import publish
from metanet_tf.commands.serve import serve
from metanet_tf.config import (
    ClassifyConfig,
    DemoConfig,
    EvaluationConfig,
    ExportConfig,
    PublishConfig,
    ServeConfig,
    TaskConfig,
)
from metanet_tf.pretrained import save_pretrained
from metanet_tf.saved_model import export_model
from metanet_tf.training.checkpoints import save_best
from metanet_tf.training.run_folder import RunFolder
from metanet_tf.training.trained_model import make_model
from metanet_tf.utils.errors import InputError

KINDS = ("name", "run", "export", "taught export", "numbered exports")
RESULTS = {
    **{"steps": 1, "best_step": 1, "seconds": 1.0, "seed": 0},
    **{"command": "bin/train", "versions": {"tensorflow": "2.21.0", "commit": ""}},
}


class Refusal(str):
    """A pattern of the message of an InputError."""


NO_DATA = Refusal("which is .*export.* does not say which data it was trained on")
EXPORTED = Refusal("which is .*export.* exported already. Give --support_dir")
NO_CLASSES = Refusal("Received: nothing, and .*no classes. Give --support_dir")
NOT_EXPORTED = Refusal(r"which is .*Export it first: bin/export --model=.*mine\.$")
NO_RUN = Refusal("must be the folder of a run. Received: .*, which is .*give that")

# What the command prints, or why it refuses, for each of KINDS. {answer} is what the
# network, which is the same for all kinds, says of the picture.
TABLE = {
    "evaluate": ["attention alone"] * 2 + [NO_DATA] * 3,
    "draw_task": ["holds a task of 3 unseen classes"] * 2 + [NO_DATA] * 3,
    "publish": [NO_RUN, "holds the pretrained model"] + [NO_RUN] * 3,
    "export": ["holds the SavedModel."] * 2 + [EXPORTED] * 3,
    "export classes": ["holds the SavedModel of 2 classes"] * 5,
    "classify": [NO_CLASSES] * 3 + ["rung.png  {answer}"] * 2,
    "classify classes": ["rung.png  {answer}"] * 5,
    "demo": ["Open http://127.0.0.1"] * 5,
    "serve": [NOT_EXPORTED] * 2 + ["Serving .* at http://127.0.0.1"] * 3,
}


@pytest.fixture(scope="module")
def my_classes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("my_classes")
    for name, box in {"post": (4, 1, 7, 15), "rung": (1, 9, 15, 12)}.items():
        picture = Image.new("L", (16, 16), 255)
        picture.paste(0, box)
        picture.save(folder / f"{name}.png")
    return str(folder)


@pytest.fixture(scope="module")
def answer(models, my_classes):
    """Pattern of a row: the class of rung.png and its probability."""
    classifier = OneShotClassifier(models["run"]).fit(my_classes)
    top = classifier.top_k(f"{my_classes}/rung.png", k=1)
    return f"{top.names[0, 0]} +{top.probabilities[0, 0]:.2f}"


@pytest.fixture(scope="module")
def models(my_classes, tiny_config, tmp_path_factory):
    """Values of --model, one for each of KINDS; all of one small network."""
    path = tmp_path_factory.mktemp("models")
    config = tiny_config(queries_per_class=2, train_dir=str(path / "run"))
    model = make_model(config)
    for variable in model.variables:  # Answers differ clearly without training.
        variable.assign(4.0 * variable)
    folder = RunFolder(path / "run")
    folder.prepare(config, {})
    folder.write(folder.results_file, RESULTS)
    save_best(model, folder, step=1)
    save_pretrained(model, config, path / "package" / "tiny")
    export_model(model, str(path / "export"))
    classifier = OneShotClassifier(path / "run").fit(my_classes)
    taught = classifier.export(str(path / "numbered"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_source, "PACKAGED", path / "package")
        places = ("run", "export", taught.relative_to(path), "numbered")
        yield dict(zip(KINDS, ["tiny", *(str(path / p) for p in places)], strict=True))


@pytest.fixture
def run(my_classes, tmp_path, monkeypatch):
    """Function: runs a command of TABLE; a server returns instead of serving."""
    monkeypatch.setattr("metanet_tf.demo.app.run_app", lambda *_: None)
    monkeypatch.setattr("metanet_tf.server.workers.run_workers", lambda *_: None)
    out, picture = str(tmp_path / "out"), f"{my_classes}/rung.png"
    few = {"episodes": 2, "calibration_episodes": 2, "tasks": "2x1"}
    commands = {
        "evaluate": lambda m: evaluate(EvaluationConfig(m, episodes=2)),
        "draw_task": lambda m: draw_task(TaskConfig(m, out)),
        "publish": lambda m: publish(PublishConfig(m, "small", out, **few)),
        "export": lambda m: export(ExportConfig(m, export_dir=out)),
        "export classes": lambda m: export(ExportConfig(m, my_classes, export_dir=out)),
        "classify": lambda m: classify(ClassifyConfig(m), [picture]),
        "classify classes": lambda m: classify(
            ClassifyConfig(m, my_classes), [picture]
        ),
        "demo": lambda m: demo(DemoConfig(m, port=0)),
        "serve": lambda m: serve(ServeConfig(m, port=0)),
    }
    return lambda command, model: commands[command](model)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", TABLE)
def test_command_answers_or_says_what_to_give(
    command, kind, models, answer, run, capsys
):
    expected = TABLE[command][KINDS.index(kind)]
    if isinstance(expected, Refusal):
        with pytest.raises(InputError, match=expected):
            run(command, models[kind])
        assert capsys.readouterr().out == ""
    else:
        run(command, models[kind])
        pattern = expected.replace("{answer}", answer)
        assert re.search(pattern, capsys.readouterr().out)


@pytest.mark.parametrize("command", [*TABLE])
def test_missing_model_is_refused(command, run):
    with pytest.raises(InputError, match=r"`model` must be .*missing, which holds no"):
        run(command, "missing")

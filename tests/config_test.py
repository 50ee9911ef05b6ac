import ast
import dataclasses
import pathlib

import pytest
from absl import flags

import metanet_tf
from metanet_tf import config
from metanet_tf.errors import InputError

PACKAGE = pathlib.Path(metanet_tf.__file__).parent
CONFIGS = [
    value
    for value in vars(config).values()
    if isinstance(value, type)
    and issubclass(value, config.CheckedConfig)
    and value is not config.CheckedConfig
]
FIELDS = [(c, field) for c in CONFIGS for field in dataclasses.fields(c)]


def _parse(*arguments, configs=config.RUN_CONFIGS):
    values = flags.FlagValues()
    config.define_flags(configs, values)
    values(["command", *arguments])
    return values


def _attributes_read():
    """Names that are read as `something.name` outside config.py."""
    names = set()
    for path in PACKAGE.rglob("*.py"):
        if path.name != "config.py":
            nodes = ast.walk(ast.parse(path.read_text()))
            names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return names


def test_every_setting_is_read_somewhere():
    assert {field.name for _, field in FIELDS} <= _attributes_read()


@pytest.mark.parametrize("case", FIELDS, ids=lambda c: f"{c[0].__name__}.{c[1].name}")
def test_default_is_within_bounds_and_explained(case):
    checked, field = case
    checked()
    assert field.metadata["help"].endswith(".")


def test_settings_of_a_run_have_different_names():
    names = config.define_flags(config.RUN_CONFIGS, flags.FlagValues())
    assert len(names) == len(set(names))


def test_flags_become_settings_of_their_type():
    values = _parse("--steps=7", "--learning_rate=1", "--rotations", "--train_dir=x")
    run = config.run_config_from_flags(values)
    assert run.training.steps == 7
    assert run.training.learning_rate == 1.0
    assert run.data.rotations is True
    assert run.training.train_dir == "x"


def test_flag_after_a_flag_file_overrides_it(tmp_path):
    file = tmp_path / "some.flags"
    file.write_text("# A comment.\n--steps=7\n--filters=3\n")
    run = config.run_config_from_flags(_parse(f"--flagfile={file}", "--steps=9"))
    assert (run.training.steps, run.model.filters) == (9, 3)


@pytest.mark.parametrize(
    ("checked", "name", "value", "expected"),
    [
        (config.EpisodeConfig, "n_way", 1, "at least 2"),
        (config.TrainingConfig, "clip_norm", float("nan"), "at least 1e-12"),
        (config.ModelConfig, "generator_output_scale", 2.0, "at most 1.0"),
        (config.DataConfig, "class_split", "odd", "one of previous, standard"),
    ],
)
def test_value_out_of_bounds_is_refused(checked, name, value, expected):
    message = rf"`{name}` must be {expected}.* Received: {value}\. Change --{name}\."
    with pytest.raises(InputError, match=message):
        checked(**{name: value})

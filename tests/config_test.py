import ast
import dataclasses
import pathlib

import pytest
from absl import flags

import metanet_tf
from metanet_tf import config
from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import CheckedConfig, define_flags

PACKAGE = pathlib.Path(metanet_tf.__file__).parent
CONFIGS = {
    name: value
    for name, value in vars(config).items()
    if isinstance(value, type)
    and issubclass(value, CheckedConfig)
    and value is not CheckedConfig
}
FIELDS = [(n, field) for n, c in CONFIGS.items() for field in dataclasses.fields(c)]
# A part of RunConfig is known by its name; `config` by the classes a file speaks of.
PARTS = {part.name: part.type.__name__ for part in dataclasses.fields(config.RunConfig)}


def _fields_read(source):
    """(class, field) of each `config.field` or `part.field` in a file."""
    nodes = list(ast.walk(ast.parse(source)))
    spoken_of = {node.id for node in nodes if isinstance(node, ast.Name)} & {*CONFIGS}
    found = set()
    for node in nodes:
        if isinstance(node, ast.Attribute):
            owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
            if owner in PARTS:
                found.add((PARTS[owner], node.attr))
            elif owner in ("config", "_config"):
                found |= {(name, node.attr) for name in spoken_of}
    return found


def test_every_setting_is_read_somewhere():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        found |= _fields_read(path.read_text())
    assert {(name, field.name) for name, field in FIELDS} <= found


def test_only_a_read_from_its_own_class_counts():
    source = "def f(config: ExportConfig): return config.seed, run.data.seed, x.seed"
    assert _fields_read(source) == {("ExportConfig", "seed"), ("DataConfig", "seed")}


@pytest.mark.parametrize("case", FIELDS, ids=lambda c: f"{c[0]}.{c[1].name}")
def test_default_is_within_bounds_and_explained(case):
    name, field = case
    CONFIGS[name]()
    assert field.metadata["help"].endswith(".")


@pytest.mark.parametrize("case", FIELDS, ids=lambda c: f"{c[0]}.{c[1].name}")
def test_huge_number_is_refused(case):
    name, field = case
    kind = field.metadata["kind"]
    if kind not in (int, float) or field.metadata["choices"]:
        return
    huge = kind(10**300)
    with pytest.raises(InputError, match=rf"`{field.name}` must be at most"):
        CONFIGS[name](**{field.name: huge})


@pytest.mark.parametrize("case", FIELDS, ids=lambda c: f"{c[0]}.{c[1].name}")
def test_folders_and_files_are_known_as_paths(case):
    _, field = case
    named_so = field.name.endswith("_dir") or field.name == "picture"
    assert field.metadata["path"] >= named_so


def test_settings_of_a_run_have_different_names():
    names = define_flags(config.RUN_CONFIGS, flags.FlagValues())
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("k_shot", "jit", "message"),
    [
        (3, False, "`max_shots` must be at least `k_shot`, 3. Received: 2."),
        (1, True, "`max_shots` must be k_shot with `jit`.*--jit"),
    ],
)
def test_shots_that_a_run_cannot_mix_are_refused(k_shot, jit, message):
    with pytest.raises(InputError, match=message):
        config.RunConfig(
            config.DataConfig(),
            config.EpisodeConfig(k_shot=k_shot),
            config.ModelConfig(jit=jit),
            config.TrainingConfig(max_shots=2),
        )


@pytest.mark.parametrize(
    "checked", [config.TrainingConfig, config.EvaluationConfig, config.TaskConfig]
)
def test_seed_that_is_no_int64_is_refused(checked):
    checked(seed=2**63 - 1)
    with pytest.raises(InputError, match="`seed` must be at most.*Change --seed"):
        checked(seed=2**63)

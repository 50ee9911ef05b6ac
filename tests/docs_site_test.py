"""The site builds without a warning, and its commands have flags that there are."""

import importlib.util
import pathlib
import re
import subprocess
import sys

import pytest
import yaml
from absl import flags

from metanet_tf import config
from metanet_tf.commands.presets import preset_names
from metanet_tf.utils.flag_settings import define_flags
from tests.fenced_commands import fenced_commands

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
DOCS = REPOSITORY / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
MAX_COLUMNS = 120
BUILD_SECONDS = 300
PACKAGES = ("mkdocs", "material", "mkdocstrings_handlers")
CONFIGS = {
    "benchmark": (config.BenchmarkConfig, config.ModelConfig),
    "classify": (config.ClassifyConfig,),
    "demo": (config.DemoConfig,),
    "draw_task": (config.TaskConfig,),
    "evaluate": (config.EvaluationConfig,),
    "experiment": (config.ExperimentConfig,),
    "export": (config.ExportConfig,),
    "inspect_data": (config.DataConfig, config.InspectConfig),
    "publish": (config.PublishConfig,),
    "serve": (config.ServeConfig,),
    "train": (*config.RUN_CONFIGS, config.ReplayConfig),
}
# Its commands are those of an earlier commit from this heading on.
PAGE_OF_EARLIER_COMMANDS, EARLIER = "reproduction.md", "## Earlier recipes"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder that the site was built into."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"No {', '.join(missing)}. pip install -e '.[docs]'.")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    built = subprocess.run(
        [*command, f"--site-dir={folder}"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def _text(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    return text.split(EARLIER)[0] if page == PAGE_OF_EARLIER_COMMANDS else text


def _commands(page):
    """Yields name and arguments of each command of bin/ in the page's blocks."""
    for command, *arguments in fenced_commands(_text(page)):
        if command.startswith("bin/"):
            yield command.removeprefix("bin/"), arguments


def test_every_page_is_built(site):
    assert PAGES
    for page in PAGES:
        assert (site / page).with_suffix(".html").is_file(), page


def test_api_shows_what_the_package_offers(site):
    api = (site / "api.html").read_text(encoding="utf-8")
    for name in (
        *("MetaNet", "ModelConfig", "AugmentedDense", "AugmentedConv2D"),
        *("SymmetricHead", "OneShotClassifier", "load_pretrained", "evaluate"),
        *("BaseLearner", "TaskWeightGenerator", "attend", "episode_dataset"),
    ):
        assert re.search(rf'<h\d id="[\w.]+\.{name}"', api), name


def test_pages_show_files_of_the_repository(site):
    changelog = (site / "changelog.html").read_text(encoding="utf-8")
    assert "[Unreleased]" in changelog
    assert "What to trust" in (site / "security.html").read_text(encoding="utf-8")


def test_every_page_is_found_from_the_menu():
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, tag, node: tag)
    settings = yaml.load((REPOSITORY / "mkdocs.yml").read_text(), Loader)
    named = re.findall(r"[\w/]+\.md", str(settings["nav"]))
    assert sorted(named) == PAGES


@pytest.mark.parametrize("name", CONFIGS)
def test_pages_name_every_command(name):
    assert any(f"bin/{name}" in _text(page) for page in PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_commands_have_flags_that_there_are(page):
    for name, arguments in _commands(page):
        values = flags.FlagValues()
        define_flags(CONFIGS[name], values)
        presets = [a for a in arguments if a.startswith("--flagfile=")]
        assert {a.partition("=")[2] for a in presets} <= {*preset_names()}
        values(["", *(a for a in arguments if a not in presets)])


def test_commands_are_found_in_the_pages():
    assert len(list(_commands("training.md"))) > 5


@pytest.mark.parametrize("page", PAGES)
def test_lines_are_short(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= MAX_COLUMNS


def test_figure_of_the_method_is_drawn(tmp_path):
    path = tmp_path / "method.png"
    script = DOCS / "figures" / "draw_method.py"
    subprocess.run([sys.executable, script, path], check=True, timeout=BUILD_SECONDS)
    for picture in (path, DOCS / path.name):
        assert picture.read_bytes().startswith(b"\x89PNG")

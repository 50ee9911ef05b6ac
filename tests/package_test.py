import subprocess
import sys

import pytest

import metanet_tf

OFFERED = {
    "AugmentedConv2D",
    "AugmentedDense",
    "MetaNet",
    "ModelConfig",
    "OneShotClassifier",
    "load_pretrained",
}
PROGRAM = """
import sys
import metanet_tf
assert "tensorflow" not in sys.modules and "sklearn" not in sys.modules
assert {*metanet_tf.__all__, "__version__"} <= {*dir(metanet_tf)}
metanet_tf.ModelConfig
assert "tensorflow" not in sys.modules
"""


def test_importing_the_package_does_not_import_tensorflow():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_what_the_package_offers_is_there(name):
    assert getattr(metanet_tf, name).__name__ == name


def test_star_imports_what_is_offered_and_nothing_else():
    names = {}
    exec("from metanet_tf import *", names)
    assert names.keys() - {"__builtins__"} == OFFERED


def test_other_names_are_missing():
    with pytest.raises(AttributeError, match="no attribute 'TwoShotClassifier'"):
        _ = metanet_tf.TwoShotClassifier

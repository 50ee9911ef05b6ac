import subprocess
import sys

import pytest

import metanet_tf

PROGRAM = """
import sys
import metanet_tf
assert "tensorflow" not in sys.modules and "sklearn" not in sys.modules
assert "OneShotClassifier" in dir(metanet_tf)
"""


def test_importing_the_package_does_not_import_tensorflow():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


@pytest.mark.parametrize("name", metanet_tf.__all__)
def test_what_the_package_offers_is_there(name):
    assert getattr(metanet_tf, name).__name__ == name


def test_other_names_are_missing():
    with pytest.raises(AttributeError, match="no attribute 'TwoShotClassifier'"):
        _ = metanet_tf.TwoShotClassifier

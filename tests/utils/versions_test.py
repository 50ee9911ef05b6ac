import platform

import keras
import tensorflow as tf

from metanet_tf.utils.versions import versions


def test_versions_are_those_in_use():
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["keras"] == keras.__version__
    assert found["tensorflow"] == tf.__version__
    assert "commit" in found

import numpy as np
import pytest
import tensorflow as tf

from metanet_tf.saved_model.checks import check_encoded, check_labels
from metanet_tf.utils.errors import reason_of


def _reason(check, *arrays):
    """The reason why a check in a graph fails."""
    with pytest.raises(tf.errors.InvalidArgumentError) as raised:
        tf.function(check)(*map(tf.constant, arrays))
    return reason_of(raised.value)


def test_failed_assertion_reads_as_sentences():
    reason = _reason(lambda files: check_encoded("pictures", files), [b"text"])
    assert reason == (
        "`pictures` must be the bytes of PNG, JPEG, WebP, BMP files. Others at "
        "positions: 0: a file of an unknown format. Give each file's content, not its "
        "path or its pixels."
    )


def test_numbers_of_a_failed_assertion_stay():
    reason = _reason(check_labels, np.int32([0, 2]), np.int32(2))
    assert reason.endswith("Received labels: 0 2. Number the classes 0, 1, ..., N - 1.")

"""Inputs that nobody would send, for each signature of a SavedModel."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

from metanet_tf.server.request_error import RequestError
from tests.drawn_inputs import ARRAY_SIGNATURES, drawn_inputs, tiny_saved_model
from tests.picture_files import GRAPH_FILES

CONTENTS = [file.content for file in GRAPH_FILES.values()]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_saved_model(tmp_path_factory.mktemp("tiny"))


@hypothesis.given(strategies.sampled_from(ARRAY_SIGNATURES), strategies.data())
def test_any_inputs_are_refused_or_answered(model, name, data):
    signature = model.signatures[name]
    file = strategies.sampled_from(CONTENTS) | strategies.binary(max_size=60)
    seeds = strategies.integers(0, 999)
    inputs = drawn_inputs(
        signature,
        whole=lambda least, most: data.draw(strategies.integers(least, most)),
        numbers=lambda count, least, most: np.random.default_rng(
            data.draw(seeds)
        ).uniform(least, most, count),
        content=lambda: data.draw(file),
    )
    try:
        outputs = model.run(signature, inputs, 60.0)
    except RequestError as error:
        assert error.status == 400 and "{{node" not in str(error)
    else:
        probabilities = outputs["probabilities"]
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.01, 1.01])
@pytest.mark.parametrize("name", ["classify_images", "classify"])
def test_images_out_of_range_are_refused(model, name, value):
    images = np.zeros([2, 8, 8, 1], np.float32)
    inputs = {"images": images} if name == "classify_images" else {}
    if name == "classify":
        inputs = {"support_images": images, "query_images": images.copy()}
        inputs["support_labels"] = np.int32([0, 1])
    images[1, 2, 3, 0] = value
    with pytest.raises(RequestError, match=r"must lie in \[0, 1\]") as refused:
        model.run(model.signatures[name], inputs, 60.0)
    assert refused.value.status == 400

import pytest

from metanet_tf.benchmark.setting import settings
from metanet_tf.config import BenchmarkConfig, ModelConfig
from metanet_tf.errors import InputError


def test_every_combination_is_there_with_the_first_ways_first():
    config = BenchmarkConfig(ways="5,20", queries="5,10", augmented="3,0")
    found = [
        (
            setting.task.n_way,
            setting.model.augmented_layers,
            setting.task.queries_per_class,
        )
        for setting in settings(config, ModelConfig(filters=7))
    ]
    assert found == [(w, a, q) for w in (5, 20) for a in (3, 0) for q in (5, 10)]


def test_rest_of_the_model_is_as_given():
    assert settings(BenchmarkConfig(), ModelConfig(filters=7))[-1].model.filters == 7


def test_support_and_queries_are_counted():
    setting = settings(BenchmarkConfig(ways="4", queries="3"), ModelConfig())[0]
    assert (setting.num_support, setting.num_query) == (4, 12)
    assert str(setting) == "4-way, 3 queries per class, last 3 layers augmented"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ways": "5,x"}, "`ways` must be numbers.*Received: 5,x.*--ways"),
        ({"queries": ""}, "`queries` must hold at least one.*--queries"),
        ({"ways": "5,1"}, "`ways` must be numbers.*at least 2.*Received: 5,1"),
        ({"queries": "0"}, "`queries` must be numbers.*at least 1.*Received: 0"),
        ({"augmented": "-1"}, "`augmented` must be numbers.*at least 0"),
    ],
)
def test_lists_that_cannot_be_measured_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        settings(BenchmarkConfig(**values), ModelConfig())

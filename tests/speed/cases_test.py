import pytest

from metanet_tf.config import BenchmarkConfig, ModelConfig
from metanet_tf.speed.cases import benchmark_cases
from metanet_tf.utils.errors import InputError


def test_every_combination_is_there_with_the_first_ways_first():
    config = BenchmarkConfig(n_way="5,20", queries="5,10", augmented="3,all")
    found = [
        (
            case.task.n_way,
            case.model.augmented_layers,
            case.task.queries_per_class,
        )
        for case in benchmark_cases(config, ModelConfig(filters=7))
    ]
    assert found == [(w, a, q) for w in (5, 20) for a in (3, None) for q in (5, 10)]


def test_rest_of_the_model_is_as_given():
    assert (
        benchmark_cases(BenchmarkConfig(), ModelConfig(filters=7))[-1].model.filters
        == 7
    )


def test_support_and_queries_are_counted():
    case = benchmark_cases(BenchmarkConfig(n_way="4", queries="3"), ModelConfig())[0]
    assert (case.num_support, case.num_query) == (4, 12)
    assert str(case) == "4-way, 3 queries per class, last 3 layers augmented"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n_way": "5,x"}, "`n_way` must be numbers.*Received: 5,x.*--n_way"),
        ({"queries": ""}, "`queries` must hold at least one.*--queries"),
        ({"n_way": "5,1"}, "`n_way` must be numbers.*at least 2.*Received: 5,1"),
        ({"queries": "0"}, "`queries` must be numbers.*at least 1.*Received: 0"),
        ({"augmented": "3,0"}, "`augmented` must be numbers.*at least 1.*Received: 0"),
        ({"augmented": "some"}, "`augmented` must be numbers.*Received: some"),
        ({"augmented": ""}, "`augmented` must hold at least one"),
    ],
)
def test_lists_that_cannot_be_measured_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        benchmark_cases(BenchmarkConfig(**values), ModelConfig())

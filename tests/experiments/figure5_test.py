import pytest

from metanet_tf.utils.errors import InputError


def test_figure5_tests_on_all_digits(declare):
    experiment = declare("figure5", n_way="20")
    assert [m.paper for m in experiment.measurements] == [71.6, 74.8, 72.3]
    for measurement in experiment.measurements:
        assert measurement.run.config.episode.n_way == 20
        assert (measurement.data.dataset, measurement.task.n_way) == ("mnist", 10)


def test_figure5_is_of_one_number_of_ways(declare):
    with pytest.raises(InputError, match="`n_way` must be one number for figure5"):
        declare("figure5", n_way="5,10")

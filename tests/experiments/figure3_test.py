import pytest

from metanet_tf.utils.errors import InputError


def test_figure3_tests_every_kept_model_with_three_base_learners(declare, make_runs):
    experiment = declare("figure3", make_runs(snapshot_every=2))
    assert [m.step for m in experiment.measurements] == [2, 2, 2, 4, 4, 4, 6, 6, 6]
    names = {m.name for m in experiment.measurements}
    assert len(names) == 9
    assert "glyphs_test_5way_step_4_random_b_128" in names


def test_figure3_needs_a_run_that_keeps_its_models(declare, make_runs):
    with pytest.raises(InputError, match="`snapshot_every`.*from 1 to.*7"):
        declare("figure3", make_runs(snapshot_every=7))


def test_figure3_is_of_one_number_of_ways(declare):
    with pytest.raises(InputError, match="`n_way` must be one number for figure3"):
        declare("figure3", n_way="5,10")

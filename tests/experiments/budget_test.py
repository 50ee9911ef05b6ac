from metanet_tf.experiments.budget import minutes_per_run


def test_budget_is_shared_out_evenly(tmp_path):
    assert minutes_per_run(60.0, 4, tmp_path) == 15.0


def test_share_stays_the_same_when_fewer_runs_are_missing(tmp_path):
    minutes_per_run(60.0, 4, tmp_path)
    assert minutes_per_run(60.0, 2, tmp_path) == 15.0


def test_another_budget_is_shared_out_anew(tmp_path):
    minutes_per_run(60.0, 4, tmp_path)
    assert minutes_per_run(90.0, 2, tmp_path) == 45.0


def test_nothing_missing_is_no_division_by_zero(tmp_path):
    assert minutes_per_run(60.0, 0, tmp_path) == 60.0

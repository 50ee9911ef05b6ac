import pytest

from metanet_tf.experiments.runs import NeededRun, minutes_per_run, with_settings
from metanet_tf.utils.errors import InputError


@pytest.fixture
def finished_elsewhere(preset, finish, tmp_path):
    """A finished run with settings of its own, not among the experiments' runs."""

    def make(name="elsewhere", **settings):
        train_dir = str(tmp_path / name)
        config = with_settings(preset, train_dir=train_dir, **settings)
        return finish(NeededRun("", config))

    return make


def test_run_is_named_after_preset_and_purpose(make_runs, tmp_path):
    run = make_runs().on_omniglot(5, "metanet_plus")
    assert run.name == "tiny_previous_metanet_plus_5way"
    assert run.config.training.train_dir == str(tmp_path / "runs" / run.name)
    assert (run.config.episode.n_way, run.config.model.variant) == (5, "metanet_plus")
    assert run.config.model.hidden_units == 8


def test_model_is_kept_every_two_thousand_tasks_unless_the_preset_says_otherwise(
    make_runs,
):
    run = make_runs(episodes_per_step=4).on_omniglot(5)
    assert run.config.training.snapshot_every == 500
    run = make_runs(snapshot_every=3).on_omniglot(5)
    assert run.config.training.snapshot_every == 3


def test_run_is_finished_when_its_own_steps_are_made(make_runs, finish):
    run = make_runs().on_omniglot(5)
    assert run.results() is None
    finish(run, steps=5)
    assert run.results() is None
    finish(run, steps=6)
    assert run.results()["steps"] == 6


def test_given_run_is_taken_for_what_it_was_trained_for(make_runs, finished_elsewhere):
    train_dir = finished_elsewhere(n_way=7, learning_rate=0.5)
    runs = make_runs(train_dir)
    assert runs.on_omniglot(5).config.training.train_dir != train_dir
    taken = runs.on_omniglot(7).config.training
    assert (taken.train_dir, taken.learning_rate) == (train_dir, 0.5)
    runs.check_all_used()


def test_given_run_is_taken_once(make_runs, finished_elsewhere):
    runs = make_runs(finished_elsewhere())
    first, second = runs.need("first"), runs.need("second")
    assert "elsewhere" in first.config.training.train_dir
    assert "elsewhere" not in second.config.training.train_dir


def test_given_runs_differ_in_where_they_began(make_runs, finished_elsewhere, tmp_path):
    began_there = finished_elsewhere(meta_weights_from=str(tmp_path / "there"))
    runs = make_runs(began_there)
    assert runs.need("anew").config.training.train_dir != began_there
    there = runs.need("there", meta_weights_from=str(tmp_path / "here/../there"))
    assert there.config.training.train_dir == began_there


def test_given_run_that_nothing_needs_is_refused(make_runs, finished_elsewhere):
    runs = make_runs(finished_elsewhere(n_way=4))
    runs.on_omniglot(5)
    with pytest.raises(InputError, match="`train_dirs` must be.*elsewhere.*--n_way=4"):
        runs.check_all_used()


def test_given_run_must_be_finished(make_runs, preset, tmp_path):
    run = NeededRun("", with_settings(preset, train_dir=str(tmp_path / "begun")))
    run.folder.prepare(run.config, {})
    with pytest.raises(InputError, match="`train_dirs` must be finished runs"):
        make_runs(str(tmp_path / "begun"))
    with pytest.raises(InputError, match="`train_dirs` must hold a run.*--train_dirs"):
        make_runs(str(tmp_path / "nothing"))


def test_run_begun_with_another_preset_is_refused(make_runs, finish):
    finish(make_runs().on_omniglot(5))
    with pytest.raises(InputError, match="(?s)--seed: 0 before, 3 now.*--runs_dir"):
        make_runs(seed=3).on_omniglot(5)


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

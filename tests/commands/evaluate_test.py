import dataclasses
import json

import pytest

from metanet_tf.commands.evaluate import evaluate, task_sizes
from metanet_tf.config import EpisodeConfig, EvaluationConfig
from metanet_tf.utils.errors import InputError

TRAINED = EpisodeConfig(n_way=3, k_shot=2, queries_per_class=4)


def test_table_and_file_hold_every_number_of_ways(run_folder, capsys, tmp_path):
    picture = tmp_path / "task.png"
    config = EvaluationConfig(
        model=str(run_folder.path), n_way="3,5", episodes=3, picture=str(picture)
    )
    evaluate(config)
    shown = capsys.readouterr()
    assert "3 ways: 100%" in shown.err and "5 ways: 100%" in shown.err
    title, *rows, _ = shown.out.splitlines()
    assert (
        title.split()
        == (
            "ways shots accuracy attention alone names itself calibration error tasks"
        ).split()
    )
    assert [row.split()[0] for row in rows] == ["3", "5"]
    assert all(row.count("±") == 2 and row.endswith(" 3") for row in rows)

    record = json.loads(run_folder.evaluation_file.read_text())
    assert [entry["n_way"] for entry in record["evaluations"]] == [3, 5]
    assert record["split"] == "test"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_pretrained_model_is_evaluated_alike(run_folder, pretrained_dir, capsys):
    settings = {"n_way": "3,5", "episodes": 3}
    evaluate(EvaluationConfig(model=str(run_folder.path), **settings))
    *expected, _ = capsys.readouterr().out.splitlines()
    evaluate(EvaluationConfig(model=str(pretrained_dir), **settings))
    assert capsys.readouterr().out.splitlines() == expected
    assert {path.name for path in pretrained_dir.iterdir()} == {
        "MODEL_CARD.md",
        "SHA256SUMS",
        "model.json",
        "model.weights.h5",
    }


def test_views_are_those_of_the_model_unless_given(run_folder, capsys):
    rows = []
    for views in (None, 1, 9):
        config = EvaluationConfig(
            model=str(run_folder.path), n_way="5", episodes=20, tta_views=views
        )
        evaluate(config)
        rows.append(capsys.readouterr().out.splitlines()[1])
    as_trained, once, nine_times = rows
    assert as_trained == once != nine_times
    config = dataclasses.replace(config, tta_views=10)
    with pytest.raises(InputError, match=r"at most 9 where `tta_kind` is moved.* 10"):
        evaluate(config)


def test_size_of_a_task_is_that_of_training_unless_given():
    assert task_sizes(EvaluationConfig(), TRAINED) == [TRAINED]
    config = EvaluationConfig(n_way="5,10", k_shot=1, queries_per_class=6)
    expected = [EpisodeConfig(5, 1, 6), EpisodeConfig(10, 1, 6)]
    assert task_sizes(config, TRAINED) == expected


@pytest.mark.parametrize(
    ("ways", "message"),
    [
        (
            "5,ten",
            "`n_way` must be numbers separated by commas.*Received: 5,ten.*--n_way",
        ),
        ("5,1", "`n_way` must be numbers.*each at least 2.*Received: 5,1.*--n_way"),
    ],
)
def test_ways_that_are_no_numbers_are_refused(ways, message):
    with pytest.raises(InputError, match=message):
        task_sizes(EvaluationConfig(n_way=ways), TRAINED)


def test_more_ways_than_classes_are_refused_before_the_table(run_folder, capsys):
    config = EvaluationConfig(model=str(run_folder.path), n_way="3,1000", episodes=2)
    with pytest.raises(InputError, match="`n_way` must be at most.*--n_way"):
        evaluate(config)
    assert not capsys.readouterr().out
    assert not run_folder.evaluation_file.exists()


def test_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(
        InputError, match="`model` must be .*holds no model.*There are: "
    ):
        evaluate(EvaluationConfig(model=str(tmp_path)))

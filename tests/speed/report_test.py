from metanet_tf.config import EpisodeConfig, ModelConfig
from metanet_tf.speed.cases import BenchmarkCase
from metanet_tf.speed.comparison import Efficiency
from metanet_tf.speed.costs import TrainingCost
from metanet_tf.speed.parts import Part
from metanet_tf.speed.report import Table, show_parts, show_training

CASE = BenchmarkCase(EpisodeConfig(n_way=5, queries_per_class=6), ModelConfig())
COST = TrainingCost(
    seconds=0.1, waiting_seconds=0.001, runs=3, peak_memory=2**20, traces=1
)
STEP = Efficiency(CASE, COST, operations=6 * 10**9, rate=1e11, ratio=0.1 / 0.06)


def _cells(capsys):
    lines = capsys.readouterr().out.splitlines()
    return {line[:22].strip(): line[22:].split() for line in lines if line}


def test_sum_of_parts_leaves_out_what_is_done_beside_the_step(capsys):
    parts = [
        Part("m", 0.04, 4 * 10**9),
        Part("optimiser", 0.02, None),
        Part("input pipeline", 0.003, None, in_sum=False),
    ]
    show_parts(STEP, parts)
    cells = _cells(capsys)
    assert cells["m"] == ["40.00", "40.0", "4.000", "100"]
    assert cells["sum"] == ["61.00", "61.0", "6.000", "98"]
    assert cells["whole step"] == ["100.00", "100.0", "6.000", "60"]
    assert cells["beside: input pipeline"] == ["3.00", "3.0", "–", "–"]


def test_line_of_a_step_holds_what_the_headings_say(capsys):
    assert show_training(iter([STEP])) == [STEP]
    line = capsys.readouterr().out.splitlines()[-1]
    expected = ["5", "6", "3", "100.0", "10.0", "1.00", "1", "6.00", "100", "1.67"]
    assert line.split() == expected


def test_columns_are_aligned_and_none_is_a_dash(capsys):
    table = Table("Times", ("part", ""), ("ms", ".1f"), ("GFLOP/s", ".0f"))
    table.add("m", 1.25, 110.4)
    table.add("all", 1000.0, None)
    assert capsys.readouterr().out.splitlines() == [
        "",
        "Times",
        "part        ms  GFLOP/s",
        "m          1.2      110",
        "all     1000.0        –",
    ]

from metanet_tf.speed.table import Table


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

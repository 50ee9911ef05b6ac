import os

from metanet_tf.speed.machine import machine


def test_machine_is_described():
    described = machine()
    assert described["processor"]
    assert 1 <= described["cores"] <= os.cpu_count()
    assert described["load"] >= 0.0
    assert isinstance(described["accelerators"], list)

from metanet_tf.speed.exported import measure_saved_model
from metanet_tf.speed.timing import Timing


class _Recorder:
    """A timer that keeps what it times."""

    def __init__(self):
        self.results = []

    def time(self, function):
        self.results.append(function())
        return Timing(float(len(self.results)), 1)


def test_one_query_and_a_thousand_are_answered(make_small_workload):
    recorder = _Recorder()
    cost = measure_saved_model(make_small_workload(augmented_layers=2), recorder)
    assert cost.seconds_by_queries == {1: 1.0, 1000: 2.0}
    shapes = [tuple(result["probabilities"].shape) for result in recorder.results]
    assert shapes == [(1, 3), (1000, 3)]

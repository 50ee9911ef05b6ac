from metanet_tf.config import ModelConfig
from metanet_tf.speed.curve import measure_curve


def test_points_are_tasks_of_growing_size(classes, timer):
    model = ModelConfig(
        learner="mlp", hidden_units=4, generator_units=2, augmented_layers=2
    )
    points = measure_curve(classes, model, timer, ways=(2, 3))
    assert [(point.n_way, point.images) for point in points] == [(2, 12), (3, 18)]
    for point in points:
        per_query = point.classification.classify_seconds / (5 * point.n_way)
        assert point.classification.seconds_per_query == per_query
        assert point.training.traces == 1

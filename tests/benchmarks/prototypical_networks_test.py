import json

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `peers`")

from benchmarks import prototypical_networks as peer  # noqa: E402
from metanet_tf.utils.errors import InputError  # noqa: E402


@pytest.fixture(scope="module")
def glyphs_task():
    config = peer.PeerConfig(dataset="glyphs", n_way=5)
    classes = peer.load_for_training(peer._shared(config, peer.DataConfig)).test
    size = peer.EpisodeConfig(5, 1, 5)
    return next(peer.draw_tasks(classes, size, seed=0))


def _network(**settings):
    torch.manual_seed(0)
    return peer.PrototypicalNetwork(1, peer.PeerConfig(**settings))


def test_a_prototype_is_the_mean_of_its_class():
    embeddings = torch.tensor([[1.0, 0.0], [5.0, 5.0], [3.0, 2.0]])
    means = peer.prototypes(embeddings, torch.tensor([1, 0, 1]))
    assert means.tolist() == [[5.0, 5.0], [2.0, 1.0]]


def test_distances_are_squared():
    queries, points = torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 2.0], [4.0, 6.0]])
    assert peer.squared_distances(queries, points).tolist() == [[0.0, 25.0]]


def test_the_loss_is_that_of_a_task_worked_by_hand():
    """Pixels embed as themselves: prototypes 0 and 2, queries 1 and 2.

    Logits (-1, -1) of label 0 cost log 2; (-4, 0) of label 1 cost log(1 + e^-4).
    """
    network = _network()
    network.embed = torch.nn.Flatten()
    task = peer.Task(
        support_images=torch.tensor([2.0, 0.0]).reshape(2, 1, 1, 1),
        support_labels=torch.tensor([1, 0]),
        query_images=torch.tensor([1.0, 2.0]).reshape(2, 1, 1, 1),
        query_labels=torch.tensor([0, 1]),
    )
    expected = (0.693147 + 0.018150) / 2
    assert peer.task_loss(network, task).item() == pytest.approx(expected, abs=1e-6)


def test_an_image_is_embedded_as_64_numbers():
    assert _network().embed(torch.zeros(3, 1, 28, 28)).shape == (3, 64)


def test_filters_double_up_to_the_most():
    network = _network(filters=32, max_filters=96)
    assert network.embed(torch.zeros(3, 1, 28, 28)).shape == (3, 96)


@pytest.mark.parametrize("mixed_precision", [False, True])
def test_a_step_lowers_the_loss(mixed_precision, glyphs_task):
    network = _network(mixed_precision=mixed_precision)
    optimizer = torch.optim.Adam(network.parameters())
    before = peer.task_loss(network, glyphs_task).item()
    peer.train_step(network, optimizer, glyphs_task, 1e-3)
    assert peer.task_loss(network, glyphs_task).item() < before


def test_tasks_are_metanets_episodes(glyphs_task):
    assert glyphs_task.query_images.shape == (25, 1, 28, 28)
    assert sorted(glyphs_task.support_labels.tolist()) == [0, 1, 2, 3, 4]
    classes = peer.load_for_training(peer.DataConfig("glyphs")).test
    size = peer.EpisodeConfig(5, 1, 5)
    episode = next(iter(peer.episode_dataset(classes, size, seed=0)))
    images = torch.from_numpy(episode.query_images.numpy())
    assert torch.equal(glyphs_task.query_images[:, 0], images[..., 0])
    assert glyphs_task.query_labels.tolist() == episode.query_labels.numpy().tolist()


def test_evaluation_uses_running_statistics_and_changes_none(monkeypatch, glyphs_task):
    """Queries of their own batch's statistics would depend on each other."""
    modes = []

    class Recording(peer.PrototypicalNetwork):
        def forward(self, task):
            modes.append(self.training)
            return super().forward(task)

    network = Recording(1, peer.PeerConfig("glyphs"))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    classes = peer.load_for_training(peer.DataConfig("glyphs")).test
    peer.evaluate(network, classes, peer.EpisodeConfig(5, 1, 5), episodes=2)
    assert modes == [False, False] and network.training
    after = network.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def _config(tmp_path, **changes):
    settings = {
        "dataset": "glyphs",
        "n_way": 5,
        "steps": 5,
        "evaluate_every": 2,
        "evaluation_episodes": 2,
        "test_episodes": 3,
        "json": str(tmp_path / "peer.json"),
    }
    return peer.PeerConfig(**settings | changes)


def test_a_run_writes_its_points(tmp_path):
    peer.Peer(_config(tmp_path)).run()
    results = json.loads((tmp_path / "peer.json").read_text())
    for split in ("validation", "test"):
        points = results[split]
        assert [point["steps"] for point in points] == [2, 4, 5]
        assert [point["episodes"] for point in points] == [2, 2, 3]
        seconds = [point["seconds"] for point in points]
        assert 0 < seconds[0] < seconds[1] < seconds[2]
        assert all(0 < point["accuracy"] <= 1 for point in points)
    assert results["settings"]["n_way"] == 5
    assert results["versions"]["torch"] == torch.__version__


def test_points_come_after_equal_parts_of_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr(peer, "train_step", lambda *_: clock.advance(1))
    clock = _Clock()
    monkeypatch.setattr(peer.time, "monotonic", clock)
    peer.Peer(
        _config(tmp_path, steps=100, minutes=4 / 60, points=2, test_n_way=7)
    ).run()
    results = json.loads((tmp_path / "peer.json").read_text())
    points = [(point["seconds"], point["episodes"]) for point in results["test"]]
    assert points == [(2, 3), (4, 3)]
    assert results["validation"] == []


def test_evaluating_takes_no_time_of_training(tmp_path, monkeypatch):
    monkeypatch.setattr(peer, "train_step", lambda *_: clock.advance(1))
    clock = _Clock()
    monkeypatch.setattr(peer.time, "monotonic", clock)
    evaluate = peer.evaluate

    def slow_evaluate(*arguments):
        clock.advance(100)
        return evaluate(*arguments)

    monkeypatch.setattr(peer, "evaluate", slow_evaluate)
    peer.Peer(_config(tmp_path, steps=100, minutes=3 / 60)).run()
    results = json.loads((tmp_path / "peer.json").read_text())
    points = [(point["steps"], point["seconds"]) for point in results["test"]]
    assert points == [(2, 2), (3, 3)]


class _Clock:
    def __init__(self):
        self._now = 0

    def __call__(self):
        return self._now

    def advance(self, seconds):
        self._now += seconds


def test_more_ways_than_validation_classes_are_refused_before_training(tmp_path):
    with pytest.raises(InputError, match="`n_way` must be at most.*Received: 101"):
        peer.Peer(_config(tmp_path, n_way=101))
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_refused_before_training(tmp_path):
    config = _config(tmp_path, json=str(tmp_path / "none" / "peer.json"))
    with pytest.raises(InputError, match="`json` must be a place"):
        peer.Peer(config).run()

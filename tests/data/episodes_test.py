"""An image of these classes tells its class and its position."""

import dataclasses

import numpy as np
import pytest

from metanet_tf.config import DataConfig, EpisodeConfig
from metanet_tf.data import load_dataset
from metanet_tf.data.episodes import (
    Episode,
    Share,
    check_every_part,
    check_room,
    episode_dataset,
)
from metanet_tf.data.image_classes import Dataset, ImageClasses
from metanet_tf.utils.errors import InputError

CLASS_SIZES = [6, 9, 7, 12, 8, 6, 10]
CONFIG = EpisodeConfig(n_way=3, k_shot=2, queries_per_class=4)


def _classes(sizes=CLASS_SIZES):
    """Class in the top left pixel, position in its class in the top right one."""
    images = np.full([sum(sizes), 2, 2, 1], 255, np.uint8)
    images[:, 0, 0, 0] = np.repeat(np.arange(len(sizes)), sizes)
    images[:, 0, 1, 0] = np.concatenate([np.arange(size) for size in sizes])
    names = tuple(f"class{i}" for i in range(len(sizes)))
    return ImageClasses(images, np.array(sizes, np.int32), names)


def _episodes(count, *, seed=0, **arguments):
    arguments = {"classes": _classes(), "config": CONFIG, **arguments}
    dataset = episode_dataset(seed=seed, **arguments)
    return [Episode(*(part.numpy() for part in e)) for e in dataset.take(count)]


def _identities(images):
    """(class, position) of every image."""
    pixels = np.rint(images * 255).astype(int)
    return [(int(image[0, 0, 0]), int(image[0, 1, 0])) for image in pixels]


def _same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_shapes_are_static():
    support, support_labels, query, query_labels, class_ids = episode_dataset(
        _classes(), CONFIG, seed=0
    ).element_spec
    assert class_ids.shape == (3,)
    assert support.shape == (6, 2, 2, 1) and support_labels.shape == (6,)
    assert query.shape == (12, 2, 2, 1) and query_labels.shape == (12,)


def test_class_of_each_label_is_told():
    for episode in _episodes(5):
        classes = [index for index, _ in _identities(episode.query_images)]
        assert episode.class_ids[episode.query_labels].tolist() == classes


def test_dtypes_and_ranges():
    (episode,) = _episodes(1)
    assert episode.support_images.dtype == episode.query_images.dtype == np.float32
    assert episode.support_labels.dtype == episode.query_labels.dtype == np.int32
    assert episode.query_images.min() >= 0 and episode.query_images.max() == 1


def test_shots_take_turns_step_by_step():
    settings = {
        "classes": _classes([9] * 5),
        "max_shots": 4,
        "episodes_per_step": 2,
        "crop": 1.0,
        "colour": 1.0,
    }
    episodes = _episodes(8, distortion=1.0, **settings)
    shots = [np.bincount(e.support_labels).tolist() for e in episodes]
    assert shots == [[k] * 3 for k in (2, 2, 3, 3, 4, 4, 2, 2)]
    assert all(len(e.query_labels) == 12 for e in episodes)
    # The same wherever the stream is entered.
    (later,) = _episodes(1, start=5, distortion=1.0, **settings)
    assert _same(later, episodes[5])


def test_support_and_query_of_any_shots_share_no_image():
    for episode in _episodes(6, max_shots=4, classes=_classes([12] * 5)):
        support = _identities(episode.support_images)
        assert len({*support, *_identities(episode.query_images)}) == len(support) + 12


def test_most_shots_must_be_there():
    sizes = [7, 7, 7]  # 3 + 4 are there, 4 + 4 are not.
    _episodes(1, classes=_classes(sizes), max_shots=3)
    with pytest.raises(InputError, match="at most the images per class.*--max_shots"):
        _episodes(1, classes=_classes(sizes), max_shots=4)


def test_every_label_has_its_share_of_images():
    for episode in _episodes(20):
        assert np.bincount(episode.support_labels).tolist() == [2, 2, 2]
        assert np.bincount(episode.query_labels).tolist() == [4, 4, 4]


def test_support_and_query_share_no_image():
    for episode in _episodes(50):
        support = _identities(episode.support_images)
        query = _identities(episode.query_images)
        assert len({*support, *query}) == len(support) + len(query)


def test_a_label_means_one_class_in_support_and_query():
    for episode in _episodes(20):
        identities = _identities(episode.support_images)
        identities += _identities(episode.query_images)
        labels = [*episode.support_labels, *episode.query_labels]
        pairs = {(i[0], label) for i, label in zip(identities, labels, strict=True)}
        assert len(pairs) == CONFIG.n_way


def test_only_images_that_a_class_has_are_drawn():
    for episode in _episodes(50):
        for image_class, position in _identities(episode.query_images):
            assert position < CLASS_SIZES[image_class]


def test_every_image_of_every_class_is_drawn_some_time():
    drawn = set()
    for episode in _episodes(200):
        drawn |= {*_identities(episode.support_images)}
    assert len(drawn) == sum(CLASS_SIZES)


def test_labels_are_drawn_anew_for_every_task():
    labels_of_class_0 = set()
    for episode in _episodes(50):
        for identity, label in zip(
            _identities(episode.query_images), episode.query_labels, strict=True
        ):
            if identity[0] == 0:
                labels_of_class_0.add(int(label))
    assert labels_of_class_0 == {0, 1, 2}


def test_support_and_query_come_in_random_order():
    episodes = _episodes(20)
    assert len({tuple(e.support_labels) for e in episodes}) > 10
    assert len({tuple(e.query_labels) for e in episodes}) > 10


def test_episode_is_the_same_on_any_machine():
    *_, episode = _episodes(4, seed=7)
    support, query = episode.support_images, episode.query_images
    assert _identities(support) == [(0, 2), (3, 2), (0, 1), (2, 4), (3, 9), (2, 1)]
    assert _identities(query)[:4] == [(2, 6), (0, 0), (2, 2), (0, 3)]
    assert episode.support_labels.tolist() == [0, 1, 0, 2, 1, 2]
    assert episode.query_labels.tolist() == [2, 0, 2, 0, 0, 2, 2, 0, 1, 1, 1, 1]


def test_start_reaches_the_episode_that_skipping_reaches():
    (reached,) = _episodes(1, seed=5, start=1000)
    skipped = next(iter(episode_dataset(_classes(), CONFIG, seed=5).skip(1000)))
    assert _same(reached, skipped)


def test_workers_draw_their_shares_and_nothing_else():
    # Two workers, two episodes each a step: 6 7 | 8 9, 10 11 | 12 13.
    everything = _episodes(8, seed=5, start=6)
    for index, own in enumerate([[0, 1, 4, 5], [2, 3, 6, 7]]):
        share = Share(index, count=2, block=2)
        drawn = _episodes(4, seed=5, start=6, share=share)
        for episode, place in zip(drawn, own, strict=True):
            assert _same(episode, everything[place])


def test_seeds_and_indices_give_different_episodes():
    first, second = _episodes(2, seed=1)
    (other_seed,) = _episodes(1, seed=2)
    assert not _same(first, second) and not _same(first, other_seed)


def test_more_ways_than_classes_are_refused():
    config = EpisodeConfig(n_way=8, k_shot=1, queries_per_class=1)
    with pytest.raises(
        InputError, match=r"`n_way`.*Received: 8; there are 7 such classes"
    ):
        episode_dataset(_classes(), config, seed=0)


def test_more_images_than_the_smallest_class_has_are_refused():
    config = EpisodeConfig(n_way=2, k_shot=3, queries_per_class=5)
    message = r'`k_shot \+ queries_per_class`.*Received: 8; class "class1" has 7\..*--k'
    with pytest.raises(InputError, match=message):
        episode_dataset(_classes([8, 7, 9]), config, seed=0)


def test_thickened_episodes_have_the_same_classes_and_more_ink():
    glyphs = load_dataset(DataConfig()).test
    config = EpisodeConfig(n_way=3, queries_per_class=2)
    plain, thick = (
        next(iter(episode_dataset(glyphs, config, seed=3, thickening=strength)))
        for strength in (0.0, 1.0)
    )
    np.testing.assert_array_equal(plain.query_labels, thick.query_labels)
    for before, after in ((plain[0], thick[0]), (plain[2], thick[2])):
        assert np.all(np.mean(after, (1, 2, 3)) > np.mean(before, (1, 2, 3)))


def _within_groups(groups, n_way=2):
    classes = dataclasses.replace(_classes(), class_groups=groups)
    return {
        "classes": classes,
        "config": dataclasses.replace(CONFIG, n_way=n_way, within_group=True),
    }


def test_classes_of_a_task_are_of_one_group():
    drawn = set()
    for episode in _episodes(200, **_within_groups(tuple("abacbcc"))):
        drawn.add(frozenset(i[0] for i in _identities(episode.support_images)))
    pairs = [{0, 2}, {1, 4}, {3, 5}, {3, 6}, {5, 6}]
    assert drawn == {frozenset(pair) for pair in pairs}


def test_groups_are_drawn_alike_whatever_their_size():
    first = [
        _identities(episode.support_images)[0][0]
        for episode in _episodes(400, **_within_groups(tuple("abbbbab")))
    ]
    assert 0.4 < np.mean(np.isin(first, [0, 5])) < 0.6


def test_groups_without_room_for_a_task_are_left_out():
    for episode in _episodes(50, **_within_groups(tuple("aabbbcc"), n_way=3)):
        assert {i[0] for i in _identities(episode.query_images)} == {2, 3, 4}


@pytest.mark.parametrize(
    ("groups", "largest"), [(None, 0), (tuple("abacbcd"), 2), (tuple("aabbccd"), 2)]
)
def test_data_without_a_group_of_so_many_classes_are_refused(groups, largest):
    with pytest.raises(
        InputError, match=f"3 ways; the largest group has {largest} .*--within_group"
    ):
        _episodes(1, **_within_groups(groups, n_way=3))


def test_photographs_are_changed_in_support_and_query():
    classes = load_dataset(DataConfig()).test
    config = EpisodeConfig(n_way=2, k_shot=1, queries_per_class=1)
    changes = {"flip": True, "crop": 1.0, "colour": 1.0}
    plain = next(iter(episode_dataset(classes, config, seed=3)))
    changed = next(iter(episode_dataset(classes, config, seed=3, **changes)))
    again = next(iter(episode_dataset(classes, config, seed=3, **changes)))
    assert np.array_equal(changed.support_images, again.support_images)
    for part in ("support_images", "query_images"):
        difference = np.abs(getattr(changed, part) - getattr(plain, part))
        assert (difference.mean(axis=(1, 2, 3)) > 0.01).all()
    assert np.array_equal(changed.query_labels, plain.query_labels)


def test_message_names_the_setting_that_has_the_size():
    three = _classes([7, 7, 7])
    dataset = Dataset(three, three, three)
    sizes = EpisodeConfig(3, 1, 2), EpisodeConfig(5, 1, 2)
    message = "^`evaluation_ways` must .*5; .*3 validation classes.* --evaluation_ways"
    with pytest.raises(InputError, match=message):
        check_every_part(dataset, *sizes, {"n_way": "evaluation_ways"})
    wide = dataclasses.replace(sizes[0], queries_per_class=9)
    with pytest.raises(InputError, match=r"^`k_shot \+ more`.*or --more\.$"):
        check_room(three, wide, settings={"queries_per_class": "more"})


def test_settings_of_validation_are_those_that_were_given(tiny_config):
    assert tiny_config().evaluation_settings == {}
    given = tiny_config(evaluation_ways=2, evaluation_queries=3).evaluation_settings
    assert given == {
        "n_way": "evaluation_ways",
        "queries_per_class": "evaluation_queries",
    }

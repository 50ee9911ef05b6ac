import pytest

from metanet_tf.demo.lesson import TaughtClass
from metanet_tf.demo.start import Start
from metanet_tf.demo.teacher import Teacher
from metanet_tf.errors import InputError


def test_answer_is_the_classifiers_in_the_lessons_order(teacher, lesson, picture):
    answer = teacher.answer(lesson, picture(7))
    classifier = teacher.taught(lesson)
    shares = dict(
        zip(classifier.classes_, classifier.predict_proba([picture(7)])[0], strict=True)
    )
    assert answer["class"] == classifier.predict([picture(7)])[0]
    assert answer["probabilities"] == pytest.approx(
        [shares["wheel"], shares["axle"], shares["hub"]]
    )


@pytest.mark.parametrize(("seed", "place"), [(0, (0, 0)), (1, (0, 1)), (3, (2, 0))])
def test_attention_is_on_the_example_that_is_asked_about(
    teacher, lesson, picture, seed, place
):
    attention = teacher.answer(lesson, picture(seed))["attention"]
    assert [len(weights) for weights in attention] == [2, 1, 1]
    assert sum(map(sum, attention)) == pytest.approx(1.0)
    most = max(max(weights) for weights in attention)
    assert attention[place[0]][place[1]] == most


def test_a_lesson_is_taught_once(teacher, lesson):
    assert teacher.taught(lesson) is teacher.taught(tuple(lesson))
    assert teacher.taught(lesson[:2]) is not teacher.taught(lesson)


def test_strangeness_cannot_be_told_without_a_threshold(teacher, lesson, picture):
    assert teacher.answer(lesson, picture(7))["familiar"] is None


@pytest.mark.parametrize(("threshold", "is_familiar"), [(-1.0, True), (1.1, False)])
def test_strangeness_is_told_by_the_models_threshold(
    save_model, lesson, picture, threshold, is_familiar
):
    teacher = Teacher(save_model(threshold))
    assert teacher.answer(lesson, picture(7))["familiar"] is is_familiar


def test_one_picture_in_two_classes_is_refused(teacher, lesson):
    with pytest.raises(InputError, match="one class.*wheel and"):
        teacher.taught((*lesson, TaughtClass("twin", lesson[0].examples[:1])))


def test_model_must_be_there(tmp_path):
    with pytest.raises(InputError, match="`model` must be"):
        Teacher(str(tmp_path))


def test_damaged_pictures_to_start_with_are_named(teacher, tmp_path, picture):
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    paths[0].write_bytes(picture(0))
    paths[1].write_bytes(picture(1)[:60])
    with pytest.raises(InputError, match="cannot be read: .*b.png is a PNG"):
        teacher.check(Start(tuple(paths), ("a", "b")))

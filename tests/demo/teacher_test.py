import pytest
import tensorflow as tf

from metanet_tf.demo.initial_classes import InitialClasses
from metanet_tf.demo.review import BLANK
from metanet_tf.demo.strokes import draw_strokes
from metanet_tf.demo.support_set import TaughtClass
from metanet_tf.demo.teacher import Teacher
from metanet_tf.one_shot.classifier import OneShotClassifier
from metanet_tf.one_shot.loaded_model import load_model
from metanet_tf.utils.errors import InputError


@pytest.fixture(scope="module")
def classifier(save_model, support_set):
    pairs = [(picture, name) for name, examples in support_set for picture in examples]
    pictures, names = zip(*pairs, strict=True)
    return OneShotClassifier(save_model()).fit(list(pictures), list(names))


@pytest.fixture(scope="module")
def blank(picture):
    return picture(0, ink=255)


def test_verdict_is_the_classifiers_in_the_sets_order(
    teacher, classifier, support_set, picture
):
    verdict = teacher.answer(support_set, picture(7))["verdict"]
    shares = dict(
        zip(classifier.classes_, classifier.predict_proba([picture(7)])[0], strict=True)
    )
    assert verdict["class"] == classifier.predict([picture(7)])[0]
    assert verdict["probabilities"] == pytest.approx(
        [shares["wheel"], shares["axle"], shares["hub"]]
    )


@pytest.mark.parametrize(("seed", "place"), [(0, (0, 0)), (1, (0, 1)), (3, (2, 0))])
def test_attention_is_on_the_example_that_is_asked_about(
    teacher, support_set, picture, seed, place
):
    attention = teacher.answer(support_set, picture(seed))["verdict"]["attention"]
    assert [len(weights) for weights in attention] == [2, 1, 1]
    assert sum(map(sum, attention)) == pytest.approx(1.0)
    # A class's examples share what one alone would get.
    alone = [[weight * len(weights) for weight in weights] for weights in attention]
    assert alone[place[0]][place[1]] == max(map(max, alone))


def test_a_support_set_is_taught_once(teacher, support_set):
    assert teacher.taught(support_set) is teacher.taught(tuple(support_set))
    assert teacher.taught(support_set[:2]) is not teacher.taught(support_set)


def test_without_a_drawing_the_classes_are_only_taught(teacher, support_set):
    answer = teacher.answer(support_set, None)
    assert answer == {"notes": [], "remark": None, "verdict": None}
    assert teacher.taught(support_set).classifier is not None


def test_strangeness_cannot_be_told_without_a_threshold(teacher, support_set, picture):
    assert teacher.answer(support_set, picture(7))["verdict"]["is_known"] is None


@pytest.mark.parametrize(("threshold", "is_known"), [(-1.0, True), (1.1, False)])
def test_strangeness_is_told_by_the_models_threshold(
    save_model, support_set, picture, threshold, is_known
):
    teacher = Teacher(save_model(threshold))
    verdict = teacher.answer(support_set, picture(7))["verdict"]
    assert verdict["is_known"] is is_known


def test_blank_examples_are_noted_and_left_out(teacher, support_set, picture, blank):
    wheel, *others = support_set
    first, second = wheel.examples
    with_blank = (wheel._replace(examples=(first, blank, second)), *others)
    answer = teacher.answer(with_blank, picture(7))
    expected = teacher.answer(support_set, picture(7))["verdict"]
    assert answer["notes"] == [(0, 1, BLANK)]
    assert answer["verdict"]["probabilities"] == expected["probabilities"]
    attention = answer["verdict"]["attention"]
    assert attention[0] == [
        expected["attention"][0][0],
        None,
        *expected["attention"][0][1:],
    ]
    assert attention[1:] == expected["attention"][1:]


def test_blank_class_has_no_probability(teacher, support_set, picture, blank):
    answer = teacher.answer((*support_set, TaughtClass("rim", (blank,))), picture(7))
    assert answer["verdict"]["probabilities"][3] is None
    assert answer["verdict"]["attention"][3] == [None]
    assert sum(answer["verdict"]["probabilities"][:3]) == pytest.approx(1)


def test_blank_drawing_gets_a_remark_in_place_of_a_verdict(teacher, support_set, blank):
    answer = teacher.answer(support_set, blank)
    assert (answer["remark"], answer["verdict"]) == (BLANK, None)


def test_one_picture_in_two_classes_is_noted_at_both(teacher, support_set, picture):
    twin = TaughtClass("twin", support_set[0].examples[:1])
    answer = teacher.answer((*support_set, twin), picture(7))
    assert answer["notes"] == [
        (0, 0, "The same picture is in twin."),
        (3, 0, "The same picture is in wheel."),
    ]
    assert "in two classes" in answer["remark"]
    assert answer["verdict"] is None


@pytest.mark.parametrize("with_blank", [False, True])
def test_one_class_is_too_few(teacher, support_set, picture, blank, with_blank):
    one = support_set[:1] + (TaughtClass("rim", (blank,)),) * with_blank
    answer = teacher.answer(one, picture(7))
    assert "two classes" in answer["remark"]
    assert answer["verdict"] is None


def test_a_drawing_is_asked_about_once(teacher, support_set, picture, monkeypatch):
    calls = []
    answer = OneShotClassifier.answer
    monkeypatch.setattr(
        OneShotClassifier, "answer", lambda *a: calls.append(a) or answer(*a)
    )
    teacher.answer(support_set, picture(7))
    assert len(calls) == 1


def test_export_knows_the_classes_that_are_not_blank(
    teacher, classifier, support_set, picture, blank, tmp_path
):
    teacher.export((TaughtClass("rim", (blank,)), *support_set), tmp_path / "model")
    model = tf.saved_model.load(str(tmp_path / "model" / "1"))
    pictures = [picture(seed) for seed in range(7, 15)]
    named = model.signatures["serving_default"](tf.constant(pictures))["class"]
    expected = classifier.predict(pictures)
    assert named.numpy().astype(str).tolist() == expected.tolist()


def test_export_of_what_cannot_be_taught_is_refused(teacher, support_set, tmp_path):
    with pytest.raises(InputError, match="two classes"):
        teacher.export(support_set[:1], tmp_path / "model")


def test_first_answer_waits_for_no_graph(save_model, support_set):
    teacher = Teacher(save_model())
    module = load_model(teacher._model).module
    functions = [module.adapt, module.answer, module.prepare_pixels]
    before = [function.experimental_get_tracing_count() for function in functions]
    assert min(before) >= 1
    teacher.answer(support_set, draw_strokes(((1, 2, 900, 900),)))
    after = [function.experimental_get_tracing_count() for function in functions]
    assert after == before


def test_model_must_be_there(tmp_path):
    with pytest.raises(InputError, match="`model` must be"):
        Teacher(str(tmp_path))


def test_damaged_pictures_to_start_with_are_named(teacher, tmp_path, picture):
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    paths[0].write_bytes(picture(0))
    paths[1].write_bytes(picture(1)[:60])
    with pytest.raises(InputError, match="cannot be read: .*b.png is a PNG"):
        teacher.check(InitialClasses(tuple(paths), ("a", "b")))

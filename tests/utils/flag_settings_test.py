import dataclasses
import pathlib

import pytest
from absl import flags

from metanet_tf.utils.errors import InputError
from metanet_tf.utils.flag_settings import (
    CheckedConfig,
    define_flags,
    flag_value,
    from_flags,
    read_numbers,
    setting,
    to_arguments,
)


@dataclasses.dataclass(frozen=True)
class Settings(CheckedConfig):
    count: int = setting(1, "A count, >= 1.", minimum=1)
    rate: float = setting(0.5, "A rate, in [0, 1].", minimum=0.0, maximum=1.0)
    kind: str = setting("odd", "odd or even.", choices=("odd", "even"))
    wanted: bool = setting(False, "Whether it is wanted.")
    folder: str = setting("", "A folder.", path=True)
    limit: int | None = setting(None, "A limit, >= 1.", kind=int, minimum=1)
    weight: float = setting(1.0, "A weight, > 0.", minimum=1e-6)
    size: int | None = setting(3, "A size, >= 1, or all.", none="all", minimum=1)


def _parsed(*arguments):
    values = flags.FlagValues()
    define_flags([Settings], values)
    values(["command", *arguments])
    return from_flags(Settings, values)


def test_flags_become_settings_of_their_type():
    settings = _parsed("--count=7", "--rate=1", "--kind=even", "--wanted", "--folder=x")
    assert settings == Settings(7, 1.0, "even", True, "x")
    assert isinstance(settings.rate, float)


def test_flag_that_is_not_given_has_its_default():
    assert _parsed() == Settings()


def test_flag_after_a_flag_file_overrides_it(tmp_path):
    file = tmp_path / "some.flags"
    file.write_text("# A comment.\n--count=7\n--kind=even\n")
    assert _parsed(f"--flagfile={file}", "--count=9") == Settings(9, kind="even")


def test_flag_without_a_default_is_none_unless_given():
    assert _parsed().limit is None
    assert _parsed("--limit=3").limit == 3
    assert to_arguments(Settings()) == []
    assert to_arguments(Settings(limit=3)) == ["--limit=3"]


def test_a_word_stands_for_none():
    assert _parsed().size == 3
    assert _parsed("--size=4").size == 4
    assert _parsed("--size=all").size is None
    assert _parsed("--size=all", "--size=5").size == 5
    assert to_arguments(Settings(size=None)) == ["--size=all"]
    (field,) = (x for x in dataclasses.fields(Settings) if x.name == "size")
    assert [flag_value(field, x) for x in (None, 7)] == ["all", "7"]
    with pytest.raises(flags.IllegalFlagValueError, match="--size"):
        _parsed("--size=some")
    with pytest.raises(InputError, match="`size` must be at least 1. Received: 0"):
        _parsed("--size=0")


def test_path_may_begin_with_the_home_folder():
    assert _parsed("--folder=~/x").folder == str(pathlib.Path.home() / "x")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("count", 0, "at least 1"),
        ("rate", float("nan"), "at least 0.0"),
        ("rate", 2.0, "at most 1.0"),
        ("kind", "prime", "one of odd, even"),
        ("limit", 0, "at least 1"),
        ("weight", float("inf"), "a finite number"),
        ("weight", 2e12, "at most 1000000000000.0"),
        ("count", 2**31, "at most 2147483647"),
        ("size", 10**30, "at most 2147483647"),
    ],
)
def test_value_out_of_bounds_is_refused(name, value, expected):
    message = rf"`{name}` must be {expected}\. Received: {value}\. Change --{name}\."
    with pytest.raises(InputError, match=message):
        Settings(**{name: value})


def test_numbers_are_read_in_their_order():
    assert read_numbers("n_way", "5,20, 10,") == [5, 20, 10]
    assert read_numbers("n_way", "") == []


@pytest.mark.parametrize(
    "text", ["5,ten", "5,1", "-5", "5;6", "5,2147483648", "9" * 5000]
)
def test_other_than_numbers_within_bounds_is_refused(text):
    shown = text[:200]
    message = f"`n_way` must be numbers.*at least 2.*Received: {shown}. Change --n_way"
    with pytest.raises(InputError, match=message):
        read_numbers("n_way", text, minimum=2)


def test_names_and_words_of_before_are_still_read():
    @dataclasses.dataclass(frozen=True)
    class Renamed(CheckedConfig):
        new: int | None = setting(
            3, "Say.", none="all", none_formerly="0", formerly="old", minimum=1
        )

    def parsed(argument):
        values = flags.FlagValues()
        assert define_flags([Renamed], values) == ["new"]
        values(["command", argument])
        return from_flags(Renamed, values)

    assert parsed("--old=5") == parsed("--new=5") == Renamed(5)
    assert parsed("--old=0") == parsed("--new=all") == Renamed(None)
    assert to_arguments(Renamed(None)) == ["--new=all"]

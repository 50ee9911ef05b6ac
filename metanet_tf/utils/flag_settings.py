"""Dataclasses whose fields are flags: declared, checked, read from the command line.

Every field of a `CheckedConfig` is one absl flag of the same name; the field's
metadata holds the flag's help, its bounds and what else `setting` notes.
"""

import dataclasses
import math
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from absl import flags

from metanet_tf.utils.errors import InputError

Config = TypeVar("Config", bound="CheckedConfig")

# Of a number whose setting has no smaller one: what TensorFlow can count to in a
# shape, and what stays finite in float32 even if a few are multiplied.
_MAX_INT = 2**31 - 1
_LARGEST = {int: _MAX_INT, float: 1e12}


def setting(
    default: Any,
    help: str,
    *,
    kind: type | None = None,
    none: str | None = None,
    none_formerly: str | None = None,
    formerly: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[Any] | None = None,
    path: bool = False,
    may_change: bool = False,
) -> Any:
    """Declares a field with its flag's help and its bounds, both inclusive.

    A float is always finite. Without `maximum` a number has the largest of its kind.
    A default of None, with the `kind` of other values, is a value that is not given.
    `none` is the word for None on the command line, such as "all" or "never", and
    `none_formerly` what stood for it before, which older files of flags still hold.
    `formerly` is an earlier name of the flag, which is still taken.
    `path` marks a file or folder: a flag may begin with ~, since no shell expands
    it behind an equals sign. `may_change` marks a setting that may differ when a
    run is continued.
    """
    kind = kind or type(default)
    metadata = {
        "help": help,
        "kind": kind,
        "none": none,
        "none_formerly": none_formerly,
        "formerly": formerly,
        "minimum": minimum,
        "maximum": _LARGEST.get(kind) if maximum is None else maximum,
        "choices": choices,
        "path": path,
        "may_change": may_change,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class CheckedConfig:
    """Checks every field against its bounds when an instance is made."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check_bounds(field, getattr(self, field.name))


def define_flags(
    configs: Iterable[type[CheckedConfig]], values: flags.FlagValues = flags.FLAGS
) -> list[str]:
    """Defines one absl flag for every field of `configs` and returns the names."""
    fields = [field for config in configs for field in dataclasses.fields(config)]
    for field in fields:
        flag = field.name, field.default, field.metadata["help"]
        kind, word = field.metadata["kind"], field.metadata["none"]
        if word is None:
            _DEFINE[kind](*flag, flag_values=values)
        else:
            parser = _NumberOrWord(kind, word, field.metadata["none_formerly"])
            flags.DEFINE(parser, *flag, flag_values=values)
        if field.metadata["formerly"]:
            flags.DEFINE_alias(field.metadata["formerly"], field.name, values)
    return [field.name for field in fields]


def from_flags(config: type[Config], values: flags.FlagValues = flags.FLAGS) -> Config:
    """Builds `config` from the parsed flags of the same names.

    Raises:
        InputError: if a value lies outside its bounds.
    """
    return config(**{f.name: _value(f, values) for f in dataclasses.fields(config)})


def to_arguments(config: CheckedConfig) -> list[str]:
    """Flags that make `config` of the defaults; paths are left out."""
    return [
        _argument(field, getattr(config, field.name))
        for field in dataclasses.fields(config)
        if not field.metadata["path"] and getattr(config, field.name) != field.default
    ]


def flag_value(field: dataclasses.Field, value: Any) -> str:
    """Returns what stands behind the equals sign of the field's flag."""
    return field.metadata["none"] if value is None else str(value)


def read_words(text: str) -> tuple[str, ...]:
    """Splits a setting at commas, such as "a,b"."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def read_numbers(name: str, text: str, minimum: int = 0) -> list[int]:
    """Reads the numbers of the setting `name`, such as "5,10,20".

    Raises:
        InputError: if `text` holds anything else, a number below `minimum` or one
            above the largest.
    """
    words = [word.strip() for word in text.split(",") if word]
    if not all(_is_number(word, minimum) for word in words):
        raise InputError(
            f"`{name}` must be numbers separated by commas, each at least {minimum} "
            f"and at most {_MAX_INT}, such as 5,10,20. Received: {text[:200]}. Change "
            f"--{name}."
        )
    return [int(word) for word in words]


def _is_number(word: str, minimum: int) -> bool:
    # Python itself refuses to read numbers of thousands of digits.
    is_short = len(word.lstrip("0")) <= len(str(_MAX_INT))
    return word.isdecimal() and is_short and minimum <= int(word) <= _MAX_INT


def read_layer_counts(name: str, text: str) -> list[int | None]:
    """Reads numbers of layers of the setting `name`, such as "2,all"; None: all.

    Raises:
        InputError: if `text` holds anything else or a number below 1.
    """
    return [
        None if word == "all" else number
        for word in read_words(text)
        for number in (read_numbers(name, word, minimum=1) if word != "all" else [0])
    ]


def _value(field: dataclasses.Field, values: flags.FlagValues) -> Any:
    value: Any = values[field.name].value
    return os.path.expanduser(value) if field.metadata["path"] else value


def _argument(field: dataclasses.Field, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{field.name}" if value else f"--no{field.name}"
    return f"--{field.name}={flag_value(field, value)}"


class _NumberOrWord(flags.ArgumentParser):
    """Parses a number of `kind`, or the word that stands for None."""

    def __init__(self, kind: type, word: str, former: str | None) -> None:
        self._number = flags.FloatParser() if kind is float else flags.IntegerParser()
        self._word = word
        self._former = former

    def parse(self, argument: Any) -> Any:
        if argument in (self._word, self._former):
            return None
        return self._number.parse(argument)

    def flag_type(self) -> str:
        return f"{self._number.flag_type()} or {self._word}"


_DEFINE: dict[type, Callable[..., Any]] = {
    bool: flags.DEFINE_bool,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
}


def _check_bounds(field: dataclasses.Field, value: Any) -> None:
    choices = field.metadata["choices"]
    minimum, maximum = field.metadata["minimum"], field.metadata["maximum"]
    if value is None and (field.default is None or field.metadata["none"]):
        return
    if choices is not None and value not in choices:
        expected = f"one of {', '.join(map(str, choices))}"
    elif minimum is not None and not value >= minimum:
        expected = f"at least {minimum}"
    elif isinstance(value, float) and not math.isfinite(value):
        expected = "a finite number"
    elif maximum is not None and not value <= maximum:
        expected = f"at most {maximum}"
    else:
        return
    raise InputError(
        f"`{field.name}` must be {expected}. Received: {value}. Change --{field.name}."
    )

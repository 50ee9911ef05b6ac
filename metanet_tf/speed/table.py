"""Tables of figures, printed line by line."""

from typing import Any

_NARROWEST = 6
_GAP = "  "


class Table:
    """A table on standard output; its title lines are printed at once.

    The first column is left-aligned, the others right-aligned.

    Args:
        title: above the table.
        columns: heading and number format of each, such as ("ms", ".1f"). A column
            is as wide as its heading, at least six characters.
    """

    def __init__(self, title: str, *columns: tuple[str, str]) -> None:
        self._formats = [number_format for _, number_format in columns]
        self._widths = [max(_NARROWEST, len(heading)) for heading, _ in columns]
        print(f"\n{title}")
        self._print([heading for heading, _ in columns])

    def add(self, *values: Any) -> None:
        """Prints a line of one value for each column; None is a dash."""
        cells = zip(values, self._formats, strict=True)
        self._print(
            ["–" if value is None else format(value, spec) for value, spec in cells]
        )

    def _print(self, cells: list[str]) -> None:
        first, *others = zip(cells, self._widths, strict=True)
        padded = [first[0].ljust(first[1])]
        padded += [cell.rjust(width) for cell, width in others]
        print(_GAP.join(padded).rstrip(), flush=True)

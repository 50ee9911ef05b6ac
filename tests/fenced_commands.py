"""Commands in the blocks of a Markdown text that have no language."""

import re
import shlex
from collections.abc import Iterator


def fenced_commands(text: str) -> Iterator[list[str]]:
    """Yields the words of each command; a line may hold several, joined by &&."""
    # All blocks are matched, so that no block's end passes for another's beginning.
    for language, block in re.findall(r"^```(.*)\n((?:.*\n)*?)```$", text, re.M):
        if language:
            continue
        for line in re.split(r"\n|&&", block.replace("\\\n", " ")):
            if words := shlex.split(line, comments=True):
                yield words

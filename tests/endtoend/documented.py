"""The command lines that people copy: in the code blocks of the pages and in the help texts, in their order."""

import argparse
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driver import cli

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    *sorted(REPOSITORY.glob("docs/**/*.md")),
    *sorted(REPOSITORY.glob("*/README.md")),
    *sorted(REPOSITORY.glob("images/*/README.md")),
]
_PROGRAMS = ("./launch.py", "./build.sh", "aws", "curl", "docker", "eval", "make", "pip", "python", "python3")
_NUMBER = r"\d[\d.,:]*"
_BLOCK = re.compile(r"(^```.*?^```$)|((?:^ {4}[^\n]*\n|^\n(?= {4}))+)", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """One command, script or Python snippet, and where a reader finds it."""

    where: str
    text: str
    is_python: bool = False
    output: str = ""
    """What the page shows of the command's output, with `…` where something is left out."""

    def is_followed_by(self, output: str) -> bool:
        """Whether the command's output is what the page shows, but for numbers and widths."""
        shape = "\n".join(map(_shape, self.output.strip().splitlines()))
        return bool(re.search(shape, re.sub(" +", " ", output)))


def on_page(page: Path) -> list[Example]:
    """The commands in the code blocks of a Markdown page, and its Python snippets, in their order."""
    name = str(page.relative_to(REPOSITORY))
    found = []
    for fence, block in _BLOCK.findall(page.read_text("utf-8")):
        if fence.startswith("```python\n"):
            found.append(Example(name, fence.removeprefix("```python\n").removesuffix("```"), is_python=True))
        if fence.startswith("```text\n"):
            found[-1] = found[-1]._replace(output=fence.removeprefix("```text\n").removesuffix("```"))
        found += [Example(name, command) for command in _of_block(textwrap.dedent(block))]
    return found


def in_help() -> list[Example]:
    """The commands in the help texts of launch.py, of one command after the other."""
    return [
        Example(parser.prog.replace(" COMMAND [options]", ""), command)
        for parser in _parsers(cli.parser())
        for text in (parser.description, parser.epilog)
        for command in _commands(text or "")
    ]


def _shape(line: str) -> str:
    """The regular expression of a line of output; a line of `…` alone stands for any number of lines."""
    if line.strip() == "…":
        return r"(?:.*\n)*.*"
    parts = re.split(rf"({_NUMBER}|…)", re.sub(" +", " ", line))
    return "".join(".*" if part == "…" else _NUMBER if part[:1].isdigit() else re.escape(part) for part in parts)


def _of_block(block: str) -> Iterator[str]:
    """The commands of a block, or the block itself where it is a script."""
    if re.search("^for ", block, re.MULTILINE):
        yield block
    else:
        yield from _commands(block)


def _commands(text: str) -> Iterator[str]:
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    for line in map(str.strip, lines):
        if line.split(" ")[0] in _PROGRAMS:
            yield line


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from _parsers(child)

"""The part of JSONPath that batch transform's filters may use.

`$`, `.name`, `['name', 'other']`, `[0, -1]`, `[2:]`, `[0, 5:]` and the wildcard `*`. A slice with an end is refused:
AWS's pages contradict each other on whether the end belongs to it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.errors import EmulatorError

_STEP = re.compile(r"\.?\[(?P<inside>[^\]]*)\]|\.(?P<name>\*|[^.\[\]*'\"\s]+)")
_NAMES = re.compile(r"""\s*(['"])[^'"]+\1\s*(,\s*(['"])[^'"]+\3\s*)*""")
_NUMBER = re.compile(r"\s*(?P<start>-?\d+)?(?P<slice>:(?P<end>-?\d+)?)?\s*")

Picker = Callable[[Any], list[Any]]


@dataclass(frozen=True)
class Path:
    """A parsed expression. Call it with a value: it returns what it selects, or raises EmulatorError."""

    text: str
    steps: tuple[Picker, ...]
    names: tuple[str, ...] = ()  # several at the end: their object
    definite: bool = True

    def __call__(self, value: Any) -> Any:
        """Return what is selected: the value itself where it can be one only, else a list of values."""
        nodes = [value]
        for step in self.steps:
            nodes = [found for node in nodes for found in self._pick(step, node)]
        if self.names:
            nodes = [{name: node[name] for name in self.names if name in node} for node in map(self._object, nodes)]
        return nodes[0] if self.definite else nodes

    def _pick(self, step: Picker, node: Any) -> list[Any]:
        try:
            return step(node)
        except (KeyError, IndexError, TypeError):
            raise EmulatorError(f"{self.text} selects nothing from {str(node)[:80]}") from None

    def _object(self, node: Any) -> Mapping[str, Any]:
        if not isinstance(node, Mapping):
            raise EmulatorError(f"{self.text} selects nothing from {str(node)[:80]}")
        return node


def parse(text: str) -> Path:
    """Return the path; raises EmulatorError for what is not JSONPath or not supported.

    Example:
        >>> parse("$['id', 'SageMakerOutput']")({"id": 7, "text": "a", "SageMakerOutput": {"label": 1}})
        {'id': 7, 'SageMakerOutput': {'label': 1}}
        >>> parse("$[1:]")(["id", "a", "b"]), parse("$.features")({"features": [1, 2]}), parse("$[-1]")([1, 2])
        (['a', 'b'], [1, 2], 2)
    """
    if not text.startswith("$"):
        raise _refusal(text, "it must begin with $")
    steps: list[Picker] = []
    definite = True
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise _refusal(text, f"{text[at:]!r} cannot be parsed")
        at = found.end()
        inside = found["inside"] if found["name"] is None else found["name"]
        if found["name"] is None and _NAMES.fullmatch(inside):
            names = tuple(name for _, name in re.findall(r"""(['"])([^'"]+)\1""", inside))
            if len(names) > 1:
                if at < len(text):
                    raise _refusal(text, "nothing may follow several names")
                return Path(text, tuple(steps), names, definite)
            steps.append(_child(names[0]))
        elif inside.strip() == "*":
            steps.append(_all)
            definite = False
        elif found["name"] is not None:
            steps.append(_child(inside))
        else:
            positions = [_position(text, part) for part in inside.split(",")]
            definite = definite and len(positions) == 1 and isinstance(positions[0], int)
            steps.append(_elements(positions))
    return Path(text, tuple(steps), (), definite)


def _position(text: str, part: str) -> int | slice:
    found = _NUMBER.fullmatch(part)
    if found is None or not part.strip():
        raise _refusal(text, f"{part!r} is not an index")
    if not found["slice"]:
        return int(found["start"])
    if found["end"]:
        raise _refusal(text, "AWS's documentation disagrees on whether a slice includes its end; list the indexes")
    return slice(int(found["start"] or 0), None)


def _child(name: str) -> Picker:
    return lambda node: [node[name]] if isinstance(node, Mapping) else _nothing()


def _all(node: Any) -> list[Any]:
    return list(node.values()) if isinstance(node, Mapping) else list(_array(node))


def _elements(positions: list[int | slice]) -> Picker:
    def pick(node: Any) -> list[Any]:
        return [found for position in positions for found in _at(_array(node), position)]

    return pick


def _at(array: list[Any], position: int | slice) -> Iterator[Any]:
    if isinstance(position, int):
        yield array[position]
    else:
        yield from array[position]


def _array(node: Any) -> list[Any]:
    return node if isinstance(node, list) else _nothing()


def _nothing() -> Any:
    raise TypeError


def _refusal(text: str, why: str) -> EmulatorError:
    return EmulatorError(f"the filter {text} cannot be used: {why}")

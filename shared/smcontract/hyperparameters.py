"""One table of hyperparameters drives parsing, error messages, the README's table and the tuner's ranges.

Values arrive as text, often JSON-encoded once (SDK version 2) or twice, sometimes as JSON numbers: all mean the same.
"""

import difflib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smcontract.errors import UserError, shown

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_WORDS = {int: "an integer", float: "a number", bool: "true or false", str: "text"}


@dataclass(frozen=True, kw_only=True)
class Hyperparameter:
    """One row of the table.

    `scale` makes it tunable: how a tuner walks through `search`, by default minimum to maximum (for choices and
    booleans any scale will do). Raises ValueError when it is tunable without bounds.
    """

    name: str
    type: type[str] | type[int] | type[float] | type[bool]
    default: Any
    help: str
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    choices: tuple[Any, ...] = ()
    aliases: tuple[str, ...] = ()
    scale: Literal["Linear", "Logarithmic"] | None = None
    search: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.scale and not self._is_categorical() and None in self._bounds():
            raise ValueError(f"{self.name} is tunable, so it needs a minimum and a maximum, or search")

    def value(self, text: str) -> Any:
        """Return the value that `text` stands for. Raises ValueError when it is none, or not an allowed one."""
        value = _convert(text, self.type)
        if self.choices and value not in self.choices:
            raise ValueError(text)
        if self.type in (int, float) and not self._in_range(value):
            raise ValueError(text)
        return value

    def expected(self) -> str:
        """Say what is allowed.

        Example:
        >>> Hyperparameter(name="eta", type=float, default=0.3, help="", minimum=0, maximum=1).expected()
        'a number from 0 to 1'
        """
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        return " ".join(filter(None, (_WORDS[self.type], self.range())))

    def range(self) -> str:
        """Say the range alone: `from 0 to 1`, `above 0 and at most 1`; empty when there is none."""
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and not (self.exclusive_minimum or self.exclusive_maximum):
            return f"from {low} to {high}"
        lower = "" if low is None else f"{'above' if self.exclusive_minimum else 'at least'} {low}"
        upper = "" if high is None else f"{'below' if self.exclusive_maximum else 'at most'} {high}"
        return " and ".join(filter(None, (lower, upper)))

    def tuning_range(self) -> tuple[str, dict[str, Any]]:
        """Return the list of ParameterRanges to which a tunable row belongs, and its entry there."""
        if self._is_categorical():
            choices = self.choices or (False, True)
            return "CategoricalParameterRanges", {"Name": self.name, "Values": [_text(choice) for choice in choices]}
        low, high = self._bounds()
        kind = "IntegerParameterRanges" if self.type is int else "ContinuousParameterRanges"
        return kind, {"Name": self.name, "MinValue": _text(low), "MaxValue": _text(high), "ScalingType": self.scale}

    def _is_categorical(self) -> bool:
        return bool(self.choices) or self.type is bool

    def _bounds(self) -> tuple[float | None, float | None]:
        return self.search or (self.minimum, self.maximum)

    def _in_range(self, value: float) -> bool:
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        too_low = value <= low if self.exclusive_minimum else value < low
        too_high = value >= high if self.exclusive_maximum else value > high
        return not (too_low or too_high)


@dataclass(frozen=True)
class Table:
    """The hyperparameters of one image, in the order in which its README shows them.

    Raises ValueError when two rows share a name or an alias.
    """

    rows: tuple[Hyperparameter, ...]

    def __post_init__(self) -> None:
        names = [name for row in self.rows for name in (row.name, *row.aliases)]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"more than one hyperparameter is called {', '.join(sorted(twice))}")

    def parse(self, raw: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return a value for every row; `defaults` replaces some of the table's own defaults.

        Keys of the SageMaker SDK (`sagemaker_...`) and of the tuner are ignored, and `null` means not given.
        Raises one UserError that names everything wrong: unknown names, values out of type or range, a
        hyperparameter given under two names.
        """
        problems: list[str] = []
        given: dict[str, str] = {}
        values = {row.name: row.default for row in self.rows} | dict(defaults or {})
        known = {name: row for row in self.rows for name in (row.name, *row.aliases)}
        for key, raw_value in raw.items():
            text = _unquote(raw_value)
            if key.startswith("sagemaker_") or key == "_tuning_objective_metric" or text == "null":
                continue
            row = known.get(key)
            if row is None:
                problems.append(_unknown(key, list(known)))
            elif row.name in given:
                problems.append(f"{given[row.name]} and {key} are two names of one hyperparameter: give only one")
            else:
                given[row.name] = key
                try:
                    values[row.name] = row.value(text)
                except ValueError:
                    problems.append(f"{key} is {shown(raw_value)}: expected {row.expected()}")
        if problems:
            raise UserError(f"wrong hyperparameter{'s' if problems[1:] else ''}: {'; '.join(problems)}")
        return values

    def given(self, raw: Mapping[str, Any]) -> frozenset[str]:
        """Return the names of the rows whose values `raw` sets, whatever alias it uses. Raises as `parse` does."""
        absent = object()
        values = self.parse(raw, dict.fromkeys((row.name for row in self.rows), absent))
        return frozenset(name for name, value in values.items() if value is not absent)

    def markdown(self) -> str:
        """Return the README's table."""
        lines = ["| Name | Type | Default | Allowed | Tuning | Meaning |", "|---|---|---|---|---|---|"]
        for row in self.rows:
            allowed = ", ".join(f"`{choice}`" for choice in row.choices) or row.range()
            aliases = "".join(f" Alias: `{alias}`." for alias in row.aliases)
            default = "" if row.default is None else f"`{_text(row.default)}`"
            cells = (f"`{row.name}`", row.type.__name__, default, allowed, row.scale or "", row.help + aliases)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        return "\n".join(lines) + "\n"

    def tunable_ranges(self) -> dict[str, list[dict[str, Any]]]:
        """Return the ParameterRanges of CreateHyperParameterTuningJob, with every row that has a scale."""
        kinds = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
        entries = [row.tuning_range() for row in self.rows if row.scale]
        return {kind: [entry for of_kind, entry in entries if of_kind == kind] for kind in kinds}


def _unquote(raw: object) -> str:
    text = raw if isinstance(raw, str) else json.dumps(raw)
    for _ in range(2):
        if text.startswith('"'):
            try:
                text = json.loads(text)
            except ValueError:
                break
    return text


def _convert(text: str, kind: type) -> Any:
    if kind is str:
        return text
    text = text.strip()
    if kind is bool and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if kind is bool or not _NUMBER.fullmatch(text):
        raise ValueError(text)
    number = float(text)
    if not math.isfinite(number) or (kind is int and not number.is_integer()):
        raise ValueError(text)
    if kind is float:
        return number
    return int(text) if text.lstrip("+-").isdigit() else int(number)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unknown(key: str, names: list[str]) -> str:
    near = difflib.get_close_matches(key.lower(), names, n=1)
    return f"{shown(key)} is unknown: " + (f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}")

"""The typed options of each command against its parser: mypy knows the fields, and only argparse the flags."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import FrozenInstanceError, fields
from datetime import datetime
from typing import get_type_hints

import pytest

from driver import cli
from driver.commandline.flags import KindOptions


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of commands, and of actions such as `local up`."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in below:
        for choice in action.choices.values():
            yield from leaves(choice)
    if not below:
        yield parser


def value_type(action: argparse.Action) -> object:
    """The type of an argument's value, as a field of options would have it."""
    if isinstance(action, argparse.BooleanOptionalAction | argparse._StoreTrueAction):
        return bool
    if isinstance(action, argparse._AppendAction):
        return Sequence[str]
    read = {"port": int, "_time": datetime}.get(getattr(action.type, "__name__", ""), action.type or str)
    if action.nargs == "+":
        return Sequence[read]  # type: ignore[valid-type]
    is_given = action.required or action.default is not None
    return read if is_given else read | None


PARSERS = {parser.prog: parser for parser in leaves(cli.parser())}


@pytest.mark.parametrize("prog", PARSERS)
def test_options_have_a_field_of_the_right_type_for_each_flag(prog: str) -> None:
    parser = PARSERS[prog]
    actions = [action for action in parser._actions if action.dest not in ("help", "config")]
    options = parser.get_default("options")
    hints = get_type_hints(options)
    assert {field.name: hints[field.name] for field in fields(options)} == {
        action.dest: value_type(action) for action in actions
    }
    assert all(action.default == [] for action in actions if isinstance(action, argparse._AppendAction))
    assert callable(parser.get_default("run"))


def test_options_are_made_of_the_attributes_of_their_names_and_do_not_change() -> None:
    options = KindOptions.of(argparse.Namespace(kind="endpoint", other=1))
    assert options == KindOptions(kind="endpoint")
    with pytest.raises(FrozenInstanceError):
        options.kind = None  # type: ignore[misc]
    with pytest.raises(AttributeError, match="kind"):
        KindOptions.of(argparse.Namespace())

import re

import pytest

from docs import flags, tables

PAGES = ("docs/driver.md", "docs/cost.md")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
COMMAND = re.compile(r"\./launch\.py ([a-z]+(?:-[a-z]+)*)")
OTHERS = {"--aws-sigv", "--push"}  # --aws-sigv4
"""Flags of other programs on these pages."""


@pytest.mark.parametrize("page", PAGES)
def test_every_flag_exists(page):
    text = (tables.REPOSITORY / page).read_text("utf-8")
    assert set(FLAG.findall(text)) - OTHERS <= flags.flags()


@pytest.mark.parametrize("page", sorted(tables.REPOSITORY.glob("docs/**/*.md")), ids=lambda page: page.name)
def test_every_command_exists(page):
    assert set(COMMAND.findall(page.read_text("utf-8"))) <= {*flags.commands(), "data", "local"}


def test_every_command_and_every_flag_of_it_is_on_the_page():
    text = (tables.REPOSITORY / "docs/driver.md").read_text("utf-8")
    for name in (*flags.commands(), "data", "local"):
        assert f"\n## {name}\n" in text
    assert {flag for flag in flags.flags() if flag not in text} == set()

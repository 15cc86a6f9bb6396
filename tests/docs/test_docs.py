import re
from pathlib import Path

import pytest

from docs import tables

PAGES = sorted(
    path
    for path in tables.REPOSITORY.rglob("*.md")
    if not any(part.startswith(".") for part in path.relative_to(tables.REPOSITORY).parts)
)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")
ANY_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


@pytest.mark.parametrize("page", tables.PAGES)
def test_generated_tables_are_as_the_code_has_them(page: str) -> None:
    text = (tables.REPOSITORY / page).read_text("utf-8")
    assert "<!-- table:" in text
    assert tables.renewed(text) == text, "write them again: .venvs/dev/bin/python -m docs.tables"


def test_every_image_has_its_hyperparameters_on_its_contract_card() -> None:
    images = [path.parent.name for path in tables.REPOSITORY.glob("images/*/pyproject.toml")]
    assert images
    for name in images:
        assert f"images/{name}/README.md" in tables.PAGES
        assert f"{name} hyperparameters" in tables.TABLES


def test_a_table_that_has_aged_is_renewed() -> None:
    aged = "before\n<!-- table: server settings -->\nold\n<!-- end -->\nafter\n"
    assert "`SAGEMAKER_BIND_TO_PORT`" in tables.renewed(aged)
    assert "old" not in tables.renewed(aged)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(tables.REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{target} does not exist"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(tables.REPOSITORY)))
def test_make_targets_exist(page: Path) -> None:
    targets = set(ANY_TARGET.findall((tables.REPOSITORY / "Makefile").read_text("utf-8")))
    assert set(re.findall(r"(?:`|^ {4})make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)) <= targets


def test_every_module_of_the_contract_is_on_its_page() -> None:
    page = (tables.REPOSITORY / "docs/contract.md").read_text("utf-8")
    modules = {path.stem for path in (tables.REPOSITORY / "shared/smcontract").glob("[!_]*.py")}
    assert {module for module in modules if f"`{module}`" not in page} == set()

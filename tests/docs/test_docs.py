import re
from pathlib import Path

import pytest

from docs import tables

PAGES = sorted([*tables.REPOSITORY.glob("*.md"), *tables.REPOSITORY.glob("[!.]*/**/*.md")])
LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LONGEST_CELL = 300
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
def test_links_and_anchors_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        path = page.parent / target if target else page
        assert path.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(path), f"{target} has no heading for #{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(tables.REPOSITORY)))
def test_no_table_has_a_cell_that_nobody_reads(page: Path) -> None:
    rows = [line for line in FENCE.sub("", page.read_text("utf-8")).splitlines() if line.startswith("|")]
    assert [cell for row in rows for cell in row.split(" | ") if len(cell) > LONGEST_CELL] == []


def test_every_document_is_on_the_map() -> None:
    folder = tables.REPOSITORY / "docs"
    linked = {(folder / target).resolve() for target, _ in LINK.findall((folder / "README.md").read_text("utf-8"))}
    assert {page for page in PAGES if page.is_relative_to(folder)} - linked == {folder / "README.md"}


def test_every_decision_has_a_part_an_anchor_of_its_own_and_a_date() -> None:
    text = (tables.REPOSITORY / "docs/decisions.md").read_text("utf-8")
    _, *parts = re.split(r"^## .+\n", text, flags=re.MULTILINE)
    entries = [entry for part in parts for entry in re.split(r"^### ", part, flags=re.MULTILINE)[1:]]
    assert entries
    for part in parts:
        before, *_ = part.partition("\n### ")
        assert before == "", f"needs a heading (###): {before.strip()[:80]}"
    for entry in entries:
        assert re.match(r".+\n\*20\d\d-\d\d-\d\d\*\n\n\S", entry), f"needs a date below its heading: {entry[:80]}"
        assert "\n**" not in entry, (
            f"needs a heading (###) instead of bold: {entry[entry.index(chr(10) + '**') :][:80]}"
        )
    headings = HEADING.findall(text)
    assert len({slug(heading) for heading in headings}) == len(headings)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(tables.REPOSITORY)))
def test_make_targets_exist(page: Path) -> None:
    targets = set(ANY_TARGET.findall((tables.REPOSITORY / "Makefile").read_text("utf-8")))
    assert set(re.findall(r"(?:`|^ {4})make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)) <= targets


def test_every_module_of_the_contract_is_on_its_page() -> None:
    page = (tables.REPOSITORY / "docs/contract.md").read_text("utf-8")
    modules = {path.stem for path in (tables.REPOSITORY / "shared/smcontract").glob("[!_]*.py")}
    assert {module for module in modules if f"`{module}`" not in page} == set()


def anchors(page: Path) -> set[str]:
    """Return the anchors of a Markdown page's headings."""
    return {slug(heading) for heading in HEADING.findall(FENCE.sub("", page.read_text("utf-8")))}


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

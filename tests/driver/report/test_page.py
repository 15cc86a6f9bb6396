"""The page says what it is given as text, holds the whole of every number, and loads nothing."""

import re
from html.parser import HTMLParser

import pandas as pd

from driver.report import charts
from driver.report.page import Facts, Quotation, Quotations, Section, Table, Text, Warnings, render

HOSTILE = "<script>alert(1)</script>\"'><img src=http://evil.example/x> {{ 7 * 7 }} \x00\x0b $x^2$"
FRAME = pd.DataFrame({HOSTILE: [0.1234567, 0.5], "b": [1, None]}, index=pd.Index([0, 1], name=HOSTILE))


class _Elements(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def everything() -> str:
    blocks = [
        Text(HOSTILE), Warnings([HOSTILE]), Facts([(HOSTILE, HOSTILE), ("accuracy", 0.90276123456789)]),
        Table(HOSTILE, [HOSTILE, "n"], [[HOSTILE, 25000], ["x", None]], [[None, 0.5], [None, None]]),
        charts.lines(HOSTILE, FRAME, HOSTILE), charts.bars(HOSTILE, FRAME.set_axis([HOSTILE, "y"])),
        charts.histogram(HOSTILE, FRAME), charts.scatter(HOSTILE, FRAME.set_axis([HOSTILE, "y"]), named=True),
        Quotations(HOSTILE, [Quotation(HOSTILE, HOSTILE)]),
    ]  # fmt: skip
    return render(HOSTILE, HOSTILE, [Section(HOSTILE, blocks), Section("empty")], HOSTILE)


def test_hostile_texts_stay_text():
    found = _Elements(everything())
    assert "script" not in found.tags
    assert "img" not in found.tags
    assert not [each for each in found.attributes if each[1].startswith("on")]


def test_nothing_is_loaded():
    found = _Elements(everything())
    links = [value for _, name, value in found.attributes if name in ("href", "xlink:href", "src", "srcset", "action")]
    assert [link for link in links if not link.startswith(("#", "data:,"))] == []
    styles = [value for _, name, value in found.attributes if name == "style"]
    assert [style for style in styles if re.search(r"url\((?!#)|@import", style)] == []


def test_ids_are_unique():
    ids = [value for _, name, value in _Elements(everything()).attributes if name == "id"]
    assert len(ids) == len(set(ids)) > 10


def test_numbers_are_whole():
    html = everything()
    assert '<data value="0.90276123456789">0.9028</data>' in html
    assert '<data value="0.1234567">' in html  # in the table of a chart
    assert '<data value="25000">25,000</data>' in html


def test_colours_are_the_page_s():
    drawn = charts.lines("a", FRAME).svg
    assert "var(--series-2)" in drawn
    assert "#0000" not in drawn


def test_sections_without_content_are_left_out():
    assert "empty" not in everything()


def test_long_tables_are_thinned():
    table = charts.table("long", pd.DataFrame({"a": range(1000)}))
    assert len(table.rows) == charts.MOST_ROWS
    assert table.rows[1] == [10, 10]

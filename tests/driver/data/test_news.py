"""The News Aggregator: quotation marks are characters, halves do not overlap, other files are refused."""

import csv
import zipfile
from pathlib import Path

import pytest

from driver.data import news
from driver.data.news import Headline
from driver.errors import DriverError

ROW = "{number}\t{title}\thttp://x\tPublisher\t{category}\tstory{story}\tx.com\t1394470370698\n"


def rows(count: int) -> str:
    titles = ('Fed "tapers', 'a "quoted" word', "it's, well")
    return "".join(
        ROW.format(number=n, title=f"{titles[n % 3]} {n}", category="btem"[n % 4], story=n // 2) for n in range(count)
    )


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "news.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(news.MEMBER, rows(40))
        file.writestr("__MACOSX/._newsCorpora.csv", "something else")
    return path


def test_no_row_is_lost_to_a_quotation_mark(archive: Path, tmp_path: Path) -> None:
    headlines = list(news.read(archive))
    assert len(headlines) == 40
    assert headlines[0] == Headline("b", 'Fed "tapers 0', "story0")
    (tmp_path / news.MEMBER).write_text(rows(40))
    assert list(news.read(tmp_path / news.MEMBER)) == headlines


@pytest.mark.parametrize("split", news.SPLITS)
def test_both_halves_are_written(archive: Path, tmp_path: Path, split: str) -> None:
    counts = news.prepare(archive, tmp_path / "new", split)
    assert (counts["headlines to train"], counts["headlines to test"]) == (32, 8)
    halves = []
    for half in ("train", "test"):
        with (tmp_path / "new" / half / "headlines.csv").open(newline="") as file:
            halves.append([tuple(row) for row in csv.reader(file)])
    train, test = halves
    assert sorted(train + test) == sorted((news.CATEGORIES[line.category], line.title) for line in news.read(archive))
    assert len((tmp_path / "new" / "corpus" / "corpus.txt").read_text().splitlines()) == 32


def test_no_story_is_on_both_sides(archive: Path) -> None:
    headlines = list(news.read(archive))
    sides = list(zip(headlines, news.held_out(headlines, "story"), strict=True))
    assert not {h.story for h, is_out in sides if is_out} & {h.story for h, is_out in sides if not is_out}


@pytest.mark.parametrize("line", ["a,b,c\n", ROW.format(number=1, title="x", category="z", story=1), "\n"])
def test_another_file_is_refused_by_the_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "other.csv").write_text(rows(1) + line)
    with pytest.raises(DriverError, match=r"other\.csv, line 2: .* is not a row of the News Aggregator, which has 8"):
        list(news.read(tmp_path / "other.csv"))

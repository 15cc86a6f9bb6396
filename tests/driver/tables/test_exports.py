"""Files as people export them, each through `data check` and `data import`, and read again as the images read them."""

import gzip
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pandas
import pytest
from openpyxl import Workbook

from driver.tables.reading import read
from tests.driver.tables.conftest import as_images_read
from tests.driver.tables.reviews import frame, reviews
from tests.images.xgboost_sentiment.conftest import Container

REVIEWS = reviews()
TEXTS = [text for _, text in REVIEWS]
STARS = {"pos": "5", "neg": "1"}

Export = Callable[[], "str | tuple[str, ...]"]
"""Writes a file into the current folder; its path, and the flags that it needs."""

EXPORTS: dict[str, tuple[Export, str]] = {}


def export(form: str) -> Callable[[Export], Export]:
    """Add an export, with what the check must say of it."""

    def add(function: Export) -> Export:
        EXPORTS[function.__name__] = function, form
        return function

    return add


def lines(path: str, rows: list[str], **how: str) -> str:
    Path(path).write_text("".join(row + how.get("end", "\n") for row in rows), how.get("encoding", "utf-8"), newline="")
    return path


@export("CSV, encoding UTF-8, delimiter comma, header Unnamed: 0, sentiment, review")
def pandas_with_its_index():
    frame().to_csv("a.csv")
    return "a.csv"


@export("header sentiment, review")
def pandas_without_index():
    frame().to_csv("a.csv", index=False)
    return "a.csv"


@export("header none")
def without_header():
    frame().to_csv("a.csv", index=False, header=False)
    return "a.csv"


@export("header Unnamed: 0.1, Unnamed: 0, sentiment, review")
def an_index_saved_twice():
    frame().to_csv("b.csv")
    pandas.read_csv("b.csv").to_csv("a.csv")
    text = Path("a.csv").read_text()
    return lines("a.csv", ["Unnamed: 0.1" + text.splitlines()[0], *text.splitlines()[1:]])


@export("delimiter semicolon, header review, sentiment")
def libreoffice_with_semicolons():
    return lines("a.csv", ["review;sentiment", *(f'"{text}";{label}' for label, text in REVIEWS)])


@export("encoding UTF-8 with a byte order mark, delimiter semicolon")
def excel_csv_utf8_with_crlf():
    return lines(
        "a.csv", ["Label;Text", *(f"{label};{text}" for label, text in REVIEWS)], encoding="utf-8-sig", end="\r\n"
    )


@export('encoding Windows-1252, as in "café')
def excel_csv_of_windows():
    return lines(
        "a.csv", ["Label;Text", *(f"{label};{text}" for label, text in with_signs())], encoding="cp1252", end="\r\n"
    )


@export("encoding UTF-16, delimiter tab")
def excel_unicode_text():
    return lines(
        "a.txt", ["Label\tText", *(f"{label}\t{text}" for label, text in REVIEWS)], encoding="utf-16", end="\r\n"
    )


@export("JSON, encoding UTF-8, header sentiment, review")
def pandas_json_records():
    frame().to_json("a.json", orient="records")
    return "a.json"


@export("JSON, encoding UTF-8, header sentiment, review")
def pandas_json_by_columns():
    frame().to_json("a.json")
    return "a.json"


@export("JSON Lines, encoding UTF-8, header sentiment, review")
def pandas_json_lines():
    frame().to_json("a.jsonl", orient="records", lines=True)
    return "a.jsonl"


@export("JSON, encoding UTF-8, header id, created_at, user.name, user.verified, body, sentiment")
def answer_of_an_api():
    items = [
        {"id": 900 + i, "created_at": f"2024-03-{1 + i % 28:02}T10:00:00Z", "user": {"name": f"u{i}", "verified": True},
         "body": text, "sentiment": label}
        for i, (label, text) in enumerate(REVIEWS)
    ]  # fmt: skip
    Path("a.json").write_text(json.dumps({"status": "ok", "count": len(items), "results": items}))
    return "a.json"


@export("JSON, encoding UTF-8, header attributes.text, attributes.sentiment")
def answer_of_an_api_with_its_list_further_down():
    items = [{"attributes": {"text": text, "sentiment": label}} for label, text in REVIEWS]
    Path("a.json").write_text(json.dumps({"status": "ok", "data": {"total": 20, "items": items}, "errors": []}))
    return "a.json"


@export("JSON, encoding UTF-8, header sentiment, review")
def pandas_json_by_rows():
    frame().to_json("a.json", orient="index")
    return "a.json"


@export("JSON, encoding UTF-8, header index, sentiment, review")
def pandas_json_with_its_schema():
    frame().to_json("a.json", orient="table")
    return "a.json"


@export("JSON, encoding UTF-8, header sentiment, review")
def json_by_rows_with_keys():
    rows = {f"R{number}X": {"sentiment": label, "review": text} for number, (label, text) in enumerate(REVIEWS)}
    Path("a.json").write_text(json.dumps(rows))
    return "a.json"


@export("JSON, encoding UTF-8, header sentiment, review")
def json_of_lists_for_columns():
    Path("a.json").write_text(json.dumps(frame().to_dict(orient="list"), indent=1))
    return "a.json"


@export("JSON, encoding UTF-8, header label, text")
def json_of_lists_for_labels():
    texts = {name: [text for label, text in REVIEWS if label == name] for name in ("pos", "neg")}
    Path("a.json").write_text(json.dumps(texts))
    return "a.json"


@export('Excel, sheet "Reviews", header Rating, Review')
def spreadsheet_with_a_merged_title():
    book = Workbook()
    sheet = book.active
    sheet.title = "Reviews"
    sheet["A1"] = "Customer survey, spring 2024"
    sheet.merge_cells("A1:B1")
    for row in [[], ["Rating", "Review"], *([int(STARS[label]), text] for label, text in REVIEWS)]:
        sheet.append(row)
    book.save("a.xlsx")
    return "a.xlsx", "--map", "1=neg 5=pos"


@export('Excel, sheet "Sheet1", header sentiment, review')
def pandas_excel():
    frame().to_excel("a.xlsx", index=False)
    return "a.xlsx"


@export("Parquet, header sentiment, review")
def parquet():
    frame().to_parquet("a.parquet")
    return "a.parquet"


@export("Parquet, header sentiment, review, tags, votes, seen, editor")
def parquet_with_missing_values_and_lists():
    columns = frame().assign(
        tags=[["drama", "é"], *([[]] * 19)],
        votes=pandas.array([1, None] * 10, dtype="Int64"),
        seen=pandas.array([True, None] * 10, dtype="boolean"),
        editor=pandas.array(["Ann", None] * 10, dtype="string"),
    )
    columns[10:].to_parquet("unused.parquet")  # its index has no name and is left out
    columns.to_parquet("a.parquet")
    assert read(Path("unused.parquet")).columns == read(Path("a.parquet")).columns
    assert read(Path("a.parquet")).frame.iloc[0].tolist()[2:] == ['["drama", "é"]', "1", "True", "Ann"]
    assert read(Path("a.parquet")).frame.iloc[1].tolist()[2:] == ["[]", "", "", ""]
    return "a.parquet"


@export("encoding UTF-8, compressed with gzip, delimiter comma")
def gzipped():
    frame().to_csv("a.csv.gz", index=False)
    assert gzip.decompress(Path("a.csv.gz").read_bytes())
    return "a.csv.gz"


@export("header stars, review")
def stars_as_floats_because_one_was_missing():
    floats = frame(label="stars").assign(stars=[float(STARS[label]) for label, _ in REVIEWS])
    floats.to_csv("a.csv", index=False)
    return "a.csv", "--map", "1=neg 5=pos"


@export("header none")
def text_before_label():
    frame()[["review", "sentiment"]].to_csv("a.csv", index=False, header=False)
    return "a.csv"


@export("header review_id, review_text, posted on, overall rating")
def with_identifiers_and_dates():
    table = pandas.DataFrame({
        "review_id": [f"R{1000 + i}X" for i in range(20)], "review_text": TEXTS,
        "posted on": [f"{1 + i}/3/2024" for i in range(20)], "overall rating": [STARS[label] for label, _ in REVIEWS],
    })  # fmt: skip
    table.to_csv("a.csv", index=False)
    return "a.csv", "--map", "1=neg 5=pos"


@export("a folder for each label, files 20")
def folder_for_each_label():
    for number, (label, text) in enumerate(REVIEWS):
        Path("reviews", label).mkdir(parents=True, exist_ok=True)
        Path("reviews", label, f"{number:04}.txt").write_text(text)
    Path("reviews/README").write_text("What these are.")
    return "reviews"


@export("CSV, files 2")
def two_files_in_a_folder():
    Path("reviews").mkdir()
    for number in range(2):
        frame()[10 * number : 10 * number + 10].to_csv(f"reviews/part-{number}.csv", index=False)
    return "reviews"


@export("CSV, files 2, encoding UTF-8, delimiter comma, header none")
def files_in_a_folder_with_a_readme():
    Path("reviews").mkdir()
    frame()[:10].to_csv("reviews/a.csv", index=False, header=False)
    frame()[10:].to_csv("reviews/b.csv", index=False, header=False)
    for name in ("README.md", "LICENSE"):
        Path("reviews", name).write_text("What these are, and whose.")
    return "reviews"


@export("header label, text")
def quotes_and_newlines():
    frame(label="label", text="text").assign(text=[f'"Well",\nshe said: {text}' for text in TEXTS]).to_csv(
        "a.csv", index=False
    )
    return "a.csv"


@export("quotes those inside a text have a backslash")
def quotes_with_a_backslash():
    return lines("a.csv", ["label,text", *(f'{label},"\\"{text}\\", she said"' for label, text in REVIEWS)])


@export("delimiter tab, quotes ordinary characters")
def tabs_and_stray_quotes():
    return lines("a.tsv", ["label\ttext", *(f'{label}\t"{text}' for label, text in REVIEWS)])


@export("header label, text")
def a_column_too_many():
    return lines("a.csv", ["label,text,", *(f'{label},"{text}",' for label, text in REVIEWS)])


@export("delimiter comma, header label, text\n  3 empty columns without a name are left out\n  COLUMN")
def three_columns_too_many():
    return lines("a.csv", ["label,text,,,", *(f'{label},"{text}",,,' for label, text in REVIEWS)])


@export("delimiter semicolon, header label, text\n  COLUMN")
def excel_with_its_delimiter_in_the_first_line():
    return lines("a.csv", ["sep=;", "label;text", *(f'{label};"{text}"' for label, text in REVIEWS)], end="\r\n")


@export("delimiter comma, header none\n  COLUMN")
def a_delimiter_in_the_first_line_in_quotes():
    return lines("a.csv", ['"sep=,"', *(f'{label},"{text}"' for label, text in REVIEWS)])


@export("header sentiment, review")
def signs():
    pandas.DataFrame(with_signs(), columns=["sentiment", "review"]).to_csv("a.csv", index=False)
    return "a.csv"


@export("lines of __label__NAME and words")
def lines_for_fasttext():
    return lines("a.txt", [f"__label__{label} {text}" for label, text in REVIEWS])


@export("header 标签, 文本")
def chinese_without_spaces():
    return lines("a.csv", ["标签,文本", *(f"{label},{in_chinese(text)}" for label, text in REVIEWS)])


def in_chinese(text: str) -> str:
    number = TEXTS.index(text)
    return f"这部电影{'剧情很差' if number % 2 else '非常好看'}，第{number}部"


def with_signs() -> list[tuple[str, str]]:
    return [(label, f"At the café, 100 % – 5 € – {text}") for label, text in REVIEWS]


EXPECTED: dict[str, Callable[[str], str]] = {
    "excel_csv_of_windows": lambda text: f"At the café, 100 % – 5 € – {text}",
    "signs": lambda text: f"At the café, 100 % – 5 € – {text}",
    "chinese_without_spaces": in_chinese,
    "quotes_and_newlines": lambda text: f'"Well",\nshe said: {text}',
    "quotes_with_a_backslash": lambda text: f'"{text}", she said',
    "tabs_and_stray_quotes": lambda text: f'"{text}',
}
"""How the texts of an export differ from the others'."""

BY_LABEL = ("folder_for_each_label", "json_of_lists_for_labels")
"""Exports with the records in another order."""


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_understood_imported_without_a_change_and_trained_on(run, tmp_path, name):
    write, form = EXPORTS[name]
    made = write()
    path, *flags = [made] if isinstance(made, str) else made
    code, out, err = run("data", "check", path, *flags, "--for", "xgboost-sentiment")
    assert (code, err) == (0, ""), out
    assert form in out
    assert "20 records: 10 neg, 10 pos" in out
    command = shlex.split(out.splitlines()[-1].partition("./launch.py ")[2].replace("FOLDER", "imported"))
    assert run(*command)[0] == 0
    expected = [(label, EXPECTED.get(name, str)(text)) for label, text in REVIEWS]
    found = as_images_read(Path("imported/train"))
    assert (sorted(found) if name in BY_LABEL else found) == (sorted(expected) if name in BY_LABEL else expected)
    image = Container(tmp_path / "ml")
    (channel,) = Path("imported/train").iterdir()
    image.put("train", channel.read_bytes(), channel.name)
    assert image.train(num_round="2").manifest.labels == ("neg", "pos")


def test_there_are_twenty_forms():
    assert len(EXPORTS) >= 20


def test_what_is_above_the_table_and_what_is_left_out_is_said(run):
    made = spreadsheet_with_a_merged_title()
    assert 'a.xlsx row 1 is above the table: "Customer survey, spring 2024"' in run("data", "check", *made)[1]
    made = a_column_too_many()
    assert "an empty column without a name is left out" in run("data", "check", made)[1]


def test_what_a_folder_has_besides_is_left_out_and_counted(run):
    files_in_a_folder_with_a_readme()
    assert "left out: LICENSE, README.md\n" in run("data", "check", "reviews")[1]
    assert "train: reviews is CSV, files 2" in run("train", "xgboost-sentiment", "--dry-run", "--train", "reviews")[2]
    for name in ("pos/1.txt", "neg/1.txt", "pos/a.log", "pos/b.log", "neg/a.log", "neg/b.log"):
        Path("texts", name).parent.mkdir(parents=True, exist_ok=True)
        Path("texts", name).write_text(f"A text in {name}")
    assert "left out: neg/a.log, neg/b.log, pos/a.log and 1 more\n" in run("data", "check", "texts")[1]


def test_an_object_over_several_lines_is_not_json_lines(run):
    Path("a.json").write_text(json.dumps({"label": "pos", "text": "A fine film"}, indent=1))
    table = read(Path("a.json"))
    assert (table.found["format"], table.positions, table.form) == ("JSON", ["a.json record 1"], None)


def test_channels_in_folders_stay_channels(run):
    for channel, part in (("train", slice(0, 16)), ("test", slice(15, 20))):
        Path("all", channel).mkdir(parents=True)
        frame()[part].to_csv(f"all/{channel}/data.csv", index=False)
    code, out, _ = run("data", "import", "all", "--to", "imported")
    assert code == 0
    assert as_images_read(Path("imported/train")) == REVIEWS[:16]
    assert as_images_read(Path("imported/test")) == REVIEWS[15:]
    assert "warning: test: texts that are also in all/train, so metrics on them are too good: 1" in out


def test_the_halves_of_imdb_without_its_unlabelled_texts(run):
    for half in ("train", "test"):
        for label in ("neg", "pos", "unsup"):
            Path("aclImdb", half, label).mkdir(parents=True)
            for number in range(3):
                Path("aclImdb", half, label, f"{number}_1.txt").write_text(
                    f"{half} {label} text of the number {number}"
                )
    Path("aclImdb/imdb.vocab").write_text("the\nand\n")
    code, out, _ = run("data", "import", "aclImdb", "--to", "imported", "--for", "xgboost-sentiment")
    assert code == 0
    assert "left out: 3 texts without a label" in out
    assert [label for label, _ in as_images_read(Path("imported/test"))] == ["neg"] * 3 + ["pos"] * 3

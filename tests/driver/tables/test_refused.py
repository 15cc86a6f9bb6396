"""Files that cannot be used: refused by `data check` and by `train`, with every bad row, and a command that works."""

import itertools
import json
import os
import pickle
import re
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas
import pytest
from openpyxl import Workbook
from smcontract.errors import UserError
from textprep.records import Record
from xgboost_sentiment.labels import Labels

from tests.driver.tables.reviews import frame, reviews
from tests.images.xgboost_sentiment.conftest import Container

REVIEWS = reviews()

REFUSED: dict[str, tuple[Callable[[], str], list[str], str | None]] = {}
"""By name: what writes the file, what the refusal says, and the flags in which it ends, if flags help."""


def refused(*sentences: str, flags: str | None = None):
    def add(function: Callable[[], str]) -> Callable[[], str]:
        REFUSED[function.__name__] = function, list(sentences), flags
        return function

    return add


def csv(rows: list[str], path: str = "a.csv", encoding: str = "utf-8") -> str:
    Path(path).write_bytes("".join(f"{row}\n" for row in rows).encode(encoding))
    return path


def good() -> list[str]:
    return [f'{label},"{text}"' for label, text in REVIEWS]


@refused(
    "a.csv has 4 rows that cannot be used", "a.csv line 3: the text is empty", "a.csv line 5: the label is missing",
    "a.csv line 12: 3 fields instead of 2: put a text that has the delimiter in it in double quotes",
    "a.csv line 22: 1 field instead of 2: complete the row", flags="--skip-bad",
)  # fmt: skip
def bad_rows_of_several_kinds():
    rows = ["label,text", *good()]
    rows[2], rows[4], rows[11] = "neg,", ",A text without a label", "neg,Slow, and dull"
    return csv([*rows, "pos"])


@refused(
    "a.csv has 2 rows that cannot be used", "a.csv line 4: a byte is not UTF-8", "a.csv line 9: a byte is not UTF-8",
    flags="--skip-bad",
)  # fmt: skip
def bytes_that_are_not_utf8():
    rows = [row.encode() for row in good()]
    rows[0] = "pos,A fine café".encode()
    rows[3] = rows[8] = "neg,A bad café".encode("latin-1")
    Path("a.csv").write_bytes(b"\n".join(rows))
    return "a.csv"


@refused("a.csv has 2 rows", "a.csv line 5: a quote inside a text is not doubled",
         "a.csv line 20: a quote is never closed", flags="--skip-bad")  # fmt: skip
def quotes_that_do_not_match():
    rows = good()
    rows[4] = 'pos,"The "best" film"'
    rows[19] = 'neg,"Dull from the first minute'
    return csv(rows)


@refused(
    "a.csv has 101 labels, such as section 0, section 1, ", " and 95 more, and xgboost-sentiment takes at most 100: ",
    "merge labels with --map, leave some out with --drop, or train headline-mxnet, which takes any number",
)  # fmt: skip
def more_than_a_hundred_labels():
    return csv([f'section {i % 101},"{text}"' for i, (_, text) in enumerate(reviews(303))])


@refused(
    "has the columns title, review, rating, and more than one can be the text",
    flags="--text title --label rating",
)  # fmt: skip
def two_texts():
    table = frame(label="rating").assign(title=[f"What a film, number {i} of all" for i in range(20)])
    table[["title", "review", "rating"]].to_csv("a.csv", index=False)
    return "a.csv"


@refused("nearly every label is different", "is it the text?", flags="--text category --label headline")
def a_header_that_names_the_columns_the_wrong_way_round():
    return csv(["category,headline", *(f'"{text}",Source {number} of all' for number, (_, text) in enumerate(REVIEWS))])


@refused("the first column should be the label, and nearly every one is different and long", flags="--text 1 --label 2")
def sources_after_the_headlines():
    return csv([f'"{text}",source-{number}' for number, (_, text) in enumerate(REVIEWS)])


@refused("a.xlsx has 2 sheets with rows", flags="--sheet Spring")
def two_sheets():
    book = Workbook()
    for name in ("Spring", "Autumn"):
        sheet = book.create_sheet(name)
        for row in [("label", "text"), *REVIEWS]:
            sheet.append(row)
    book.save("a.xlsx")
    return "a.xlsx"


@refused("a.xlsx has 14 rows", "a.xlsx row 3: the label is missing (merged cells hold their value in the first row",
         "a.xlsx row 4: the label is missing\n", flags="--skip-bad")  # fmt: skip
def labels_of_merged_cells():
    book = Workbook()
    for number, (_, text) in enumerate([("", "text"), *REVIEWS[:16]]):
        book.active.append([{0: "label", 1: "pos", 9: "neg"}.get(number), text])
    for rows in ("A2:A9", "A10:A17"):
        book.active.merge_cells(rows)
    book.save("a.xlsx")
    return "a.xlsx"


@refused("is not UTF-8, and its encoding cannot be told", flags="--encoding cp1251")
def cyrillic_of_windows():
    rows = [
        f"{label},Это очень {'плохой' if label == 'neg' else 'хороший'} фильм номер {i}"
        for i, (label, _) in enumerate(REVIEWS)
    ]
    return csv(rows, encoding="cp1251")


@refused("its encoding cannot be told: it may be koi8_r, or else ", flags="--encoding koi8_r")
def cyrillic_of_unix():
    words = {"neg": "очень плохой", "pos": "очень хороший"}
    return csv(
        [f"{label},Это {words[label]} фильм номер {i}" for i, (label, _) in enumerate(REVIEWS)], encoding="koi8_r"
    )


@refused("its encoding cannot be told: it may be gb18030, or else ", flags="--encoding gb18030")
def chinese_of_windows():
    words = {"neg": "太无聊了，浪费时间", "pos": "非常精彩，我很喜欢"}
    return csv([f"{label},这部电影{words[label]}{i}" for i, (label, _) in enumerate(REVIEWS)], encoding="gbk")


@refused("its encoding cannot be told: it may be shift_jis, or else ", flags="--encoding shift_jis")
def japanese_of_windows():
    words = {"neg": "退屈でひどい内容だ", "pos": "とても面白かった"}
    return csv(
        [f"{label},この映画は{words[label]}第{i}回" for i, (label, _) in enumerate(REVIEWS)], encoding="shift_jis"
    )


@refused("its encoding cannot be told: it may be cp949, or else ", flags="--encoding cp949")
def korean_of_windows():
    words = {"neg": "너무 지루하고 나빴다", "pos": "정말 재미있었다"}
    return csv([f"{label},이 영화는 {words[label]} {i}" for i, (label, _) in enumerate(REVIEWS)], encoding="cp949")


@refused("a.docx is a Word document: save it as text or CSV, and give that file")
def a_word_document():
    with zipfile.ZipFile("a.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/document.xml", "<x/>")
    return "a.docx"


@refused("1.txt is a PNG image, not a text: give a table of texts, or a folder of nothing but texts")
def an_image_in_a_folder_of_texts():
    path = texts_below("neg", "pos")
    Path(path, "pos/1.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    return path


@refused("a.pkl is a pickle, which can run any code", "pandas.read_pickle('a.pkl').to_parquet('a.parquet')")
def a_pickle():
    frame().to_pickle("a.pkl")
    return "a.pkl"


@refused("a.csv is a pickle")
def a_pickle_by_another_name():
    Path("a.csv").write_bytes(pickle.dumps(REVIEWS))
    return "a.csv"


@refused("a.csv is a ZIP archive: unpack it")
def a_zip():
    frame().to_csv("a.csv", index=False, compression="zip")
    return "a.csv"


@refused("a.csv is a web page or XML")
def a_page_saved_as_csv():
    return csv(["<!DOCTYPE html>", "<title>Sign in</title>"])


@refused("a.json is not JSON", "export it again")
def json_that_is_cut_off():
    frame().to_json("a.json", orient="records")
    text = Path("a.json").read_text()
    Path("a.json").write_text(text[: len(text) // 2])
    return "a.json"


@refused(
    "a.json has 2 lists of objects, data.items, data.users, and which holds the records cannot be told: write that"
)
def json_with_two_lists():
    items = [{"text": text, "label": label} for label, text in REVIEWS]
    Path("a.json").write_text(json.dumps({"data": {"items": items, "users": [{"name": "Ann"}]}}))
    return "a.json"


@refused("a.json is one object of 20 values, not a list of records: give a list of objects with text and label, such")
def json_of_texts_and_labels():
    Path("a.json").write_text(json.dumps({text: label for label, text in REVIEWS}))
    return "a.json"


@refused("a.json has 2 columns, and row 4 of its data has not as many cells: export it again")
def json_with_a_row_cut_off():
    document = json.loads(frame().to_json(orient="split"))
    document["data"][3] = ["neg"]
    Path("a.json").write_text(json.dumps(document))
    return "a.json"


def texts_below(*folders: str) -> str:
    for folder in folders:
        Path("texts", folder).mkdir(parents=True, exist_ok=True)
        Path("texts", folder, "1.txt").write_text(f"A text in {folder}")
    return "texts"


@refused("texts has folders of texts, neg, pos, and tables, a.csv.gz: give one of the tables, or move them elsewhere")
def tables_beside_folders_of_texts():
    path = texts_below("pos", "neg")
    frame().to_csv("texts/a.csv.gz", index=False)
    return path


@refused("texts has texts in pos and pos/sub, so it cannot be told which folders are labels: put the folders of all")
def a_folder_below_that_of_a_label():
    return texts_below("neg", "pos", "pos/sub")


@refused("texts has texts in neg/2019 and pos/2018, so it cannot be told which folders are labels")
def folders_below_those_of_labels():
    return texts_below("neg/2018", "neg/2019", "pos/2018")


@refused(
    "reviews: the files have different columns, a.csv has sentiment, review and b.csv has stars, review: give files"
)
def files_of_different_columns():
    Path("reviews").mkdir()
    frame().to_csv("reviews/a.csv", index=False)
    frame(label="stars").to_csv("reviews/b.csv", index=False)
    return "reviews"


@refused("a.jsonl has 2 rows", "a.jsonl line 2: not JSON", "a.jsonl line 4: not an object", flags="--skip-bad")
def lines_that_are_no_objects():
    rows = [json.dumps({"label": label, "text": text}) for label, text in REVIEWS]
    rows[1], rows[3] = rows[1][:-5], "17"
    return csv(rows, "a.jsonl")


@refused("a.jsonl has 2 rows", "a.jsonl line 2: the label is a list: give each record one label", "a.jsonl line 4: the",
         flags="--skip-bad")  # fmt: skip
def several_labels_of_a_text():
    rows = [{"label": label, "text": text} for label, text in REVIEWS]
    rows[1]["label"], rows[3]["label"] = ["neg", "dull"], [1, 2]
    return csv(list(map(json.dumps, rows)), "a.jsonl")


@refused("a.csv has one column, 1, and a text needs a label")
def texts_alone():
    return csv([text.replace(",", "") for _, text in REVIEWS])


@refused("all 10 records of a.csv have the label pos: give texts of two labels or more")
def one_label():
    return csv([row for row in good() if row.startswith("pos")])


@refused("all 10 records of a.csv have the label Pos: give texts of two labels or more")
def one_label_in_two_spellings():
    rows = [row for row in good() if row.startswith("pos")]
    return csv([*rows[:5], *(row.replace("pos", "Pos", 1) for row in rows[5:])])


@refused(
    'a.csv line 3: the label is "1", and "pos" in a.csv line 1 means the same: use one of them', flags="--map 1=pos"
)
def labels_of_one_meaning():
    rows = [row for row in good() if row.startswith("pos")]
    return csv([rows[0], "neg,A dull one", *(row.replace("pos", "1", 1) for row in rows[1:])])


@refused(
    'a.csv line 3: the label is "negative", and "0" in a.csv line 1 means the same: use one of them',
    flags="--map negative=0 --map 1=pos",
)  # fmt: skip
def labels_of_two_meanings():
    labels = ["0", "pos", "negative", "1", "Pos"] * 4
    return csv([f'{label},"{text}"' for label, (_, text) in zip(labels, REVIEWS, strict=True)])


@refused("a.parquet is a Parquet file that cannot be read", "export it again")
def a_damaged_parquet_file():
    frame().to_parquet("a.parquet")
    Path("a.parquet").write_bytes(Path("a.parquet").read_bytes()[:200])
    return "a.parquet"


def test_columns_that_are_named_the_wrong_way_round_are_refused_as_the_image_refuses_them(run):
    path = csv(["review,sentiment", *(f'"{text}",{label}' for label, text in REVIEWS)])
    code, _, err = run("data", "check", path, "--text", "sentiment", "--label", "review")
    assert code == 1
    assert err.startswith(
        'launch.py: a.csv line 2 has label and text swapped, label "Film 0 has a wonderful story, and'
    )
    assert err.endswith(
        '… and text "pos", and the images would refuse such records: exchange them: '
        "./launch.py data check a.csv --text review --label sentiment\n"
    )


@refused('a.csv line 1 may be a header or a record, label "7" and text "8", and the images', flags="--header present")
def numbers_as_names():
    return csv(["7,8", *good()])


@refused('may be a header or a record, label "qux" and text "Unnamed: 7"', flags="--header present")
def odd_names():
    return csv(["Unnamed: 7,qux", *(f'"{text}",{label}' for label, text in REVIEWS)])


@pytest.mark.parametrize(
    ("start", "form"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG image, not a text"), (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG image"),
        (b"GIF89a\x10\0\x10\0\x80\0\0", "a GIF image"), (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP image"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "WAV audio"), (b"ID3\x04\0", "MP3 audio"), (b"%PDF-1.7", "a PDF document"),
        (b"\0\0\0\x18ftypmp42", "MP4 or HEIC, a video or an image"), (b"OggS\0", "Ogg audio"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_named(run, start, form):
    Path("a.csv").write_bytes(start + bytes(range(256)))
    assert run("data", "check", "a.csv")[2].startswith(f"launch.py: a.csv is {form}")


@pytest.mark.parametrize("word", ["ORCHESTRA", "PKs", "BZhang", "GIF89a", "RIFF", "PAR1", "ID3", "Rar!", "Obj"])
def test_a_table_may_begin_like_another_form(run, word):
    path = csv([f'{("neg", word)[i % 2]},"{text}"' for i, (_, text) in enumerate(REVIEWS, 1)])
    assert run("data", "check", path)[0] == 0


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("command", [("data", "check"), ("train", "xgboost-sentiment", "--dry-run", "--train")])
def test_it_is_refused_in_a_sentence_that_ends_in_what_works(run, name, command):
    write, sentences, flags = REFUSED[name]
    path = write()
    given = [*command, path, *(["--for", "xgboost-sentiment"] if command[0] == "data" else [])]
    code, out, err = run(*given)
    assert code == 1
    assert err.startswith("launch.py: ")
    for sentence in sentences:
        assert sentence in out + err
    if command[0] == "train":
        assert out == ""
        assert [sentence for sentence in sentences if sentence not in err] == []
    if flags is None:
        assert "./launch.py" not in err.replace("./launch.py data", "")
        return
    end = err.rstrip("\n").rpartition(": ./launch.py ")[2]
    assert end == f"{shlex.join(given)} {flags}"
    code, out, err = run(*shlex.split(end))
    assert code == 0 or flags.startswith(("--text", "--encoding", "--sheet")), err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", REFUSED)
def test_the_image_refuses_it_too_and_names_the_same_rows(run, tmp_path, name):
    write, sentences, _ = REFUSED[name]
    path, job = Path(write()), Container(tmp_path / "ml")
    files = [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.is_file()]

    def refused(content_type=None):
        for file in files:
            job.put("train", file.read_bytes(), file.name, content_type)
        return job.refused()

    rows, reason = set(re.findall(r"line (\d+)", " ".join(sentences))), refused()
    if rows - {"1"} and "set the channel's content type to text/csv; header=present" in reason:
        reason = refused("text/csv; header=present")
    assert rows <= set(re.findall(r"\d+", reason))


@pytest.mark.parametrize(
    "labels", [("neg", "neutral", "pos"), tuple("12345"), ("-1", "0", "1"), ("business", "sport"), ("Schlecht", "gut")]
)
def test_two_to_a_hundred_labels_of_any_words_are_taken_as_they_are(run, labels):
    path = csv([f'{labels[i % len(labels)]},"{text}"' for i, (_, text) in enumerate(REVIEWS)])
    code, out, err = run("data", "check", path, "--for", "xgboost-sentiment")
    assert (code, err) == (0, "")
    assert "good to train with" in out
    code, out, err = run("train", "xgboost-sentiment", "--dry-run", "--train", path, "--validation", path)
    assert (code, [entry["file"] for entry in json.loads(out) if "file" in entry]) == (0, [path, path]), err


def test_validation_labels_in_other_letters_are_the_same_to_an_image_that_folds_them(run):
    csv(good(), "a.csv")
    csv(['Pos,"A film of its own"', 'NEG,"Another one"'], "b.csv")
    given = ("--dry-run", "--train", "a.csv", "--validation", "b.csv")
    assert run("train", "xgboost-sentiment", *given)[0] == 0
    assert "b.csv has labels that a.csv does not, NEG, Pos: correct them" in run("train", "headline-mxnet", *given)[2]


@pytest.mark.parametrize("labels", [*itertools.permutations(("0", "Neg", "negative", "1", "pos", "POSITIVE"), 2)])
def test_labels_of_one_meaning_are_refused_as_the_image_refuses_them(run, labels):
    path = csv([f'{label},"{REVIEWS[number][1]}"' for number, label in enumerate(labels)])
    code, _, err = run("data", "check", path, "--for", "xgboost-sentiment")
    taken = Labels()
    numbers = [taken.add(Record(label, "", f"a.csv line {number}")) for number, label in enumerate(labels, start=1)]
    if code == 0:
        assert taken.settle(numbers)
    else:
        with pytest.raises(UserError) as refusal:
            taken.settle(numbers)
        assert err.partition(": ./launch.py")[0] == f"launch.py: {refusal.value}"


def test_labels_that_are_written_alike_for_blazingtext_are_refused(run):
    labels = ["a b", "a_b", "A b"]
    path = csv([f'{labels[number % 3]},"{text}"' for number, (_, text) in enumerate(REVIEWS)])
    job = ("train", "blazingtext-client", "--set", "mode=supervised", "--train", path, "--dry-run")
    for given in (("data", "check", path, "--for", "blazingtext-client"), job):
        code, _, err = run(*given)
        assert code == 1
        assert 'a.csv line 2: the label is "a_b", and "a b" in a.csv line 1 means the same: use one of them' in err
        code, _, err = run(*shlex.split(err.rpartition("./launch.py ")[2]))
        assert code == 0, err
    assert run("data", "check", path, "--for", "headline-mxnet")[0] == 0


@pytest.mark.parametrize(
    ("labels", "flags", "found"),
    [
        (["c,d", "neg"], ["--map", "c,d=pos"], {"pos", "neg"}),
        (["c,d", "neg", "x"], ["--map", '"c,d",x=pos'], {"pos", "neg"}),
        (["c,d", "neg", "x"], ["--drop", '"c,d"'], {"x", "neg"}),
        (["a=b", "x = y z"], ["--map", "x = y z=pos", "--map", "a=b=neg"], {"pos", "neg"}),
        (["1", "5", "3"], ["--map", "1.0=neg 5=pos", "--drop", "3.0"], {"pos", "neg"}),
        (["cafe\u0301", "bar"], ["--map", "caf\u00e9=x"], {"x", "bar"}),
        (["-1", "1"], ["--map=-1=neg"], {"neg", "1"}),
    ],
)
def test_labels_are_named_as_people_type_them(run, labels, flags, found):
    rows = [(labels[number % len(labels)], text) for number, (_, text) in enumerate(REVIEWS)]
    pandas.DataFrame(rows).to_csv("a.csv", index=False, header=False)
    code, out, err = run("data", "check", "a.csv", *flags, "--json")
    assert code == 0, err
    assert set(json.loads(out)["tables"][0]["labels"]) == found


@pytest.mark.parametrize(("flags", "advice"), [("--map=poz=x", "did you mean pos?"), ("--drop=z", "the labels are ")])
def test_a_label_that_no_row_has(run, flags, advice):
    assert f"{flags[:5]}" in (err := run("data", "check", csv(good()), flags)[2])
    assert advice in err


def test_a_suggested_flag_stands_in_the_stead_of_the_same_one(run):
    path = two_sheets()
    code, _, err = run("data", "check", "--sheet", "nope", path, "--map", "pos=good")
    assert code == 1
    assert err.endswith(f": ./launch.py data check {path} --map pos=good --sheet Spring\n")


def test_a_path_that_begins_like_a_flag_can_be_pasted(run):
    csv(good(), "-dash.csv")
    code, out, _ = run("data", "check", "./-dash.csv")
    assert code == 0
    command = shlex.split(out.splitlines()[-1].partition("./launch.py ")[2].replace("FOLDER", "./-out"))
    code, out, err = run(*command)
    assert code == 0, err
    assert "./launch.py data import ./-dash.csv --to ./-out " in out
    assert "./launch.py train IMAGE --train ./-out/train\n" in out
    code, _, err = run("train", "xgboost-sentiment", "--dry-run", "--train", "./-out")
    assert code == 1
    assert run(*shlex.split(err.rpartition("./launch.py ")[2]))[0] == 0


def test_a_pipe_is_no_file(run):
    os.mkfifo("pipe")
    code, _, err = run("train", "xgboost-sentiment", "--dry-run", "--train", "pipe")
    assert (code, err) == (1, "launch.py: channel train: pipe is not a file or folder: save it as a file first\n")


def test_long_labels_are_cut(run):
    label = "x" * 15_000
    code, _, err = run("data", "check", csv([f'{label},"{text}"' for _, text in REVIEWS]))
    assert (code, len(err) < 200) == (1, True)
    assert "all 20 records of a.csv have the label xxx" in err
    one = run("data", "check", csv(["pos,A film"]))[2]
    assert one == "launch.py: the one record of a.csv has the label pos: give texts of two labels or more\n"


def test_every_bad_row_is_named_up_to_a_limit(run):
    path = csv([*good(), *("neg," for _ in range(30))])
    code, out, _err = run("data", "check", path)
    assert code == 1
    assert re.findall(r"line (\d+): the text is empty", out) == [str(number) for number in range(21, 41)]
    assert "and 10 more" in out
    out = run("data", "check", path, "--limit", "100")[1]
    assert len(re.findall(r"line (\d+): the text is empty", out)) == 30


@pytest.mark.parametrize("form", ["--skip-bad", "--header present --skip-bad"])
def test_the_header_once_more_is_a_bad_row(run, form):
    path = csv(["text,label", *good()[:10], "text,label", *good()[10:]])
    code, out, err = run("data", "check", path)
    assert code == 1
    assert "a.csv has 1 row that cannot be used:\n  a.csv line 12: the header again\n" in out
    assert err.endswith(f"./launch.py data check {path} --skip-bad\n")
    assert "20 records: 10 neg, 10 pos" in run("data", "check", path, *form.split())[1]


def test_files_are_compared(run):
    csv(good(), "a.csv")
    csv([*good()[:2], "neutral,A film of two hours"], "b.csv")
    code, out, err = run("data", "check", "a.csv", "b.csv")
    assert code == 1
    assert "warning: b.csv: texts that are also in a.csv, so metrics on them are too good: 2" in out
    assert err == (
        "launch.py: b.csv has labels that a.csv does not, neutral: correct them, or leave these records out: "
        "./launch.py data check a.csv b.csv --drop neutral\n"
    )
    assert run("data", "check", "a.csv", "b.csv", "--drop", "neutral")[0] == 0


def test_the_document_has_it_all(run):
    path = bad_rows_of_several_kinds()
    code, out, _err = run("data", "check", path, "--json")
    assert code == 1
    (table,) = json.loads(out)["tables"]
    assert (table["text"], table["label"], table["records"], table["bad_rows"]) == ("text", "label", 17, 4)
    assert {"position": "a.csv line 3", "reason": "the text is empty"} in table["problems"]
    assert table["labels"] == {"neg": 8, "pos": 9}


def test_labels_of_one_record_are_told_with_their_lines(run):
    out = run("data", "check", csv(["text,label", *(f'"{text}",{label}' for label, text in REVIEWS), "Total,100"]))[1]
    assert "warning: labels with only one record, too few to learn from: 100 (a.csv line 22)\n" in out
    out = run("data", "check", csv([*good(), *(f"l{number},A film of {number} hours" for number in range(5))]))[1]
    assert "l0 (a.csv line 21), l1 (a.csv line 22), l2 (a.csv line 23) and 2 more\n" in out


def test_repeated_and_contradictory_texts_are_told(run):
    pandas.DataFrame([*REVIEWS, ("pos", REVIEWS[3][1].upper()), REVIEWS[0]]).to_csv("a.csv", index=False, header=False)
    code, out, _ = run("data", "check", "a.csv")
    assert code == 0
    assert "warning: texts that repeat an earlier one: 2" in out
    assert "of these with another label: 1, such as a.csv line 4 (neg) and a.csv line 21 (pos)" in out


def test_a_header_that_the_contents_contradict_is_put_right_and_it_is_said(run):
    path = csv(["category,headline", *(f'"{text}",{label}' for label, text in REVIEWS)])
    code, out, _ = run("data", "check", path)
    assert code == 0
    assert "text: category, label: headline (by what they hold: the header names them the wrong way round)" in out

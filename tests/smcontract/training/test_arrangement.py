"""Headers and swapped columns, as people's files have them, and records that look like either and are not."""

import pytest
from smcontract.errors import UserError
from smcontract.training import texts
from smcontract.training.job import Channel

TITLES = ["Shares fall on weak profit", "Striker scores in cup final", "New planet found by telescope"]
HEADLINES = [(("business", "sport", "science")[n % 3], f"{TITLES[n % 3]} {n}") for n in range(30)]
REVIEWS = [
    (str(n % 2), f"A {('dull', 'fine')[n % 2]} film in which nothing much happens, number {n}") for n in range(30)
]
STARS = [(str(n % 5 + 1), text) for n, (_, text) in enumerate(REVIEWS)]
CHINESE = [(("正面", "负面")[n % 2], f"这部电影非常{('好看', '无聊')[n % 2]}{n}") for n in range(30)]
NAMES = [(("fruit", "tool")[n % 2], f"{('apple', 'saw')[n % 2]} {n}") for n in range(30)]


def read(folder, rows, content_type=None, name="a.csv"):
    (folder / name).write_text("".join('"{}","{}"\n'.format(*row) for row in rows))
    return list(texts.read(Channel("train", folder, content_type)))


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (("rating", "review"), REVIEWS),
        (("sentiment", "comment"), REVIEWS),
        (("category", "headline"), HEADLINES),
        (("rating", "review"), HEADLINES),
        (("Rubrik", "Schlagzeile"), HEADLINES),
        (("0", "1"), STARS),
        (("y", "x"), REVIEWS),
        (("label", "text"), HEADLINES[:1]),
        (("Kategorie", "Titel der Meldung"), HEADLINES),
        (("news_category", "headline_text"), HEADLINES),
        (("Rubrik", "title"), NAMES),
        (("stars", "review_text"), STARS),
        (("标签", "文本"), CHINESE),
        (("label", "text"), [*REVIEWS, ("label", "text")]),
    ],
)
def test_a_header_is_refused_and_the_way_out_works(tmp_path, header, rows):
    with pytest.raises(UserError) as error:
        read(tmp_path, [header, *rows])
    assert str(error.value) == (
        f"a.csv line 1 looks like a header ({header[0]},{header[1]}): remove it, or set the channel's content type to "
        "text/csv; header=present; if it is a record, to text/csv; header=absent"
    )
    assert len(read(tmp_path, [header, *rows], "text/csv; header=present")) == len(rows)
    assert len(read(tmp_path, [header, *rows], "text/csv; header=absent")) == len(rows) + 1


@pytest.mark.parametrize(
    "rows",
    [
        [("sport", "Goal"), *HEADLINES],  # a short record of a category that occurs again
        [("weather", "Sunshine"), *HEADLINES[:5]],  # too few others to compare it with
        [("weather", "Rain and wind in the north"), *HEADLINES],  # the only one of its category, but a sentence
        [("tools", "hammer"), *NAMES],  # where all texts are short
        [("topic", "An essay on everything and nothing"), *HEADLINES],
        [(f"label{n}", f"a text of several words {n}") for n in range(30)],  # labels that do not repeat
        [("1", "Good"), *REVIEWS],
        [("0", "Bad"), ("1", "Good")],
        [("1", "review"), ("0", "text")],
    ],
)
def test_a_record_is_not_taken_for_a_header(tmp_path, rows):
    assert len(read(tmp_path, rows)) == len(rows)


def test_json_lines_have_no_header(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"label": "label", "text": "text"}\n{"label": "a", "text": "a text"}\n')
    assert len(list(texts.read(Channel("train", tmp_path)))) == 2


def test_a_header_is_named_before_the_bad_record_below_it(tmp_path):
    (tmp_path / "a.csv").write_text("label,text\npos,good\nneg,bad,worse\n")
    with pytest.raises(UserError, match="line 1 looks like a header"):
        list(texts.read(Channel("train", tmp_path)))


@pytest.mark.parametrize("rows", [HEADLINES, REVIEWS, STARS, HEADLINES[:8]])
@pytest.mark.parametrize("header", [[], [("text", "label")]])
def test_swapped_columns_are_refused(tmp_path, rows, header):
    with pytest.raises(UserError, match=r"label and text are swapped: the labels are long and hardly repeat, such as"):
        read(tmp_path, [*header, *(row[::-1] for row in rows)])


def test_the_sentence_says_what_to_swap(tmp_path):
    rows = [("A fine film", "pos"), ("A dull film", "neg"), ("A long film", "neg"), ("A short film", "pos")] * 2
    with pytest.raises(UserError) as error:
        read(tmp_path, [(f"{text} {n}", label) for n, (text, label) in enumerate(rows)])
    assert str(error.value) == (
        'a.csv line 2: label and text are swapped: the labels are long and hardly repeat, such as "A dull film 1", and '
        'the texts repeat "neg", "pos"; put the label first and the text second'
    )


def test_texts_that_do_not_repeat_either_are_shorter_where_columns_are_swapped(tmp_path):
    rows = [(text, f"source-{n}") for n, (_, text) in enumerate(HEADLINES)]
    with pytest.raises(UserError) as error:
        read(tmp_path, rows)
    assert str(error.value) == (
        "a.csv line 2: label and text are swapped: the labels are long and hardly repeat, such as "
        '"Striker scores in cup final 1", and the texts are shorter, such as "source-1", "source-2", "source-3" and '
        "others; put the label first and the text second"
    )
    assert len(read(tmp_path, rows[:10])) == 10  # too few to tell


def test_swapped_columns_are_refused_where_every_record_is_there_three_times(tmp_path):
    with pytest.raises(UserError, match=r"hardly repeat, such as .*, and the texts repeat"):
        read(tmp_path, [row[::-1] for row in REVIEWS * 3])


@pytest.mark.parametrize(
    "rows",
    [
        [(f"a category of its own {n}", f"a headline that is longer than its category {n}") for n in range(9)],
        [(f"label{n}", "the same text") for n in range(9)],
        [("yes", "no"), ("no", "yes")] * 9,
    ],
)
def test_odd_records_are_not_taken_for_swapped_ones(tmp_path, rows):
    assert len(read(tmp_path, rows)) == len(rows)

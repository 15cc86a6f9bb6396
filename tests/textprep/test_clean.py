import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from textprep.clean import clean
from textprep.tokens import RULES, tokens

from bench import plain
from tests.growth import LINEAR, growth

CHARACTERS = "aBÉİßΣ最👍\u0301\x00\x0b\x1c\u2028 1_'\";#&>/=!?-][.\n\t"
TAGS = "<br>|<br />|</p>|<BR/ >|<i >|<a href='x'>|<a b=\"c'd\" e>|<hr size=1>|<don't>|< |<3|</3>|<>"
ELSE = "<!-- a <b> c -->|<!---->|<!doctype html>|<!x>|<![if x]>|<?xml ?>"
ENTITIES = "&amp;|&amp|&AMP;|&notit;|&#60;b&#62;|&#x130;|&#xD800;|&#0;|&#99999999;|&lt;br&gt;|&am<br>p;|&#3<br>8;"
FRAGMENTS = st.sampled_from([*CHARACTERS, *TAGS.split("|"), *ELSE.split("|"), *ENTITIES.split("|")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Plain", "plain"),
        ("one<br />two<BR>three", "one two three"),
        ("x < y & z > w", "x < y & z > w"),
        ("I <3 it &lt;3", "i <3 it <3"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),  # decoded once
        ("&lt;br&gt;", "<br>"),  # characters, not a tag
        ("<a href='a'>link</a>", " link "),
        ("<a href='a>b'>link</a>", " b'>link "),
        ("a<!-- <br> -->b", "a b"),
        ("a<![endif]>b", "a b"),
        ("a<![foo]>b", "a b"),
        ("we </3 it", "we </3 it"),  # what does not end is no markup
        ("a <b", "a <b"),
        ("a <b <i>c</i>", "a  c "),
        ("a <!-- b", "a <!-- b"),
        ("<!-- a --> b <!-- c", "  b <!-- c"),
        ("<script>a &lt; b</script>", " a < b "),
        ("İSTANBUL", "i\u0307stanbul"),  # Unicode's lower case of İ is two characters; `tokens` leaves one
        ("ΟΔΟΣ", "οδος"),
        ("a & b &amp; &#", "a & b & &#"),
        ("&#65;&#0065;&#x41;&#000;&#1114112;&#x110000;", "aaa\ufffd\ufffd\ufffd"),
        ("a &#" + "1" * 4301 + "; b", "a \ufffd b"),  # int() raises ValueError for as many digits
        ("a &#" + "9" * 100_000 + " b", "a \ufffd b"),
        ("a &#" + "0" * 5000 + "65; &#x" + "0" * 5000 + "41; b", "a a a b"),
        ("&#x" + "f" * 100_000 + ";", "\ufffd"),
    ],
)
def test_examples(text, expected):
    assert clean(text) == expected


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_the_words_are_those_of_the_plain_parser(text):
    assert tokens(clean(text), rule=1) == plain.tokens(text)


@given(st.text().filter(lambda text: "<" not in text))
def test_any_text_without_tags_gives_the_words_of_the_plain_parser(text):
    assert tokens(clean(text), rule=1) == plain.tokens(text)


@pytest.mark.parametrize(
    "opening",
    ["<a ", "<a b='", "<a b=\"'", "<a <!-- ", "<!--", "--><!--", "</x <", "<?", "<x/", "<![cdata[", "<a ='x'"],
)
def test_a_megabyte_of_tags_that_never_end_is_not_scanned_again_and_again(opening):
    text = "good " + opening * (1_000_000 // len(opening)) + "<b>film</b>"
    assert tokens(clean(text))[0] == "good"


def test_a_long_text_with_ordinary_markup_is_cleaned():
    text = "<a href='a'>good</a> film<br>" * 50_000
    assert tokens(clean(text)) == ["good", "film"] * 50_000


NAMES = st.sampled_from(["br", "a", "p", "İ", "x-y", "!doctype", "?xml", "svg:g", "script"])
DIGITS = st.tuples(
    st.sampled_from(["#", "#0", "#x", "#X0", "#-", ""]),
    st.sampled_from("0179aF٣"),
    st.sampled_from([1, 2, 7, 8, 4301, 9000]),
)
ENTITY = DIGITS.map(lambda parts: f"&{parts[0]}{parts[1] * parts[2]}") | st.sampled_from(ENTITIES.split("|"))
ANY_TEXT = st.text(st.characters(), max_size=20)  # all of Unicode, lone surrogates too
LEAF = st.one_of(
    ANY_TEXT, ENTITY, ENTITY.map("{};".format), st.sampled_from(["<", "<<", "-->", "]]>", "<!--", "<!", "'"])
)


def element(content):
    attributes = st.lists(st.tuples(ANY_TEXT, st.sampled_from("'\" "), ENTITY), max_size=2).map(
        lambda given: "".join(f" {name}={quote}{value}{quote}" for name, quote, value in given)
    )
    shapes = [
        "<{0}{1}>{2}</{0}>",
        "<{0}{1}/>{2}",
        "<{0}{1}>{2}",
        "<{0}{1}",
        "</{0}>{2}",
        "<!--{2}-->",
        "<![CDATA[{2}]]>",
    ]
    parts = st.tuples(st.sampled_from(shapes), NAMES, attributes, st.lists(content, max_size=3).map("".join))
    return parts.map(lambda given: given[0].format(*given[1:]))


@settings(deadline=None)
@example("&#" + "1" * 4301)
@given(ANY_TEXT | st.recursive(LEAF, element, max_leaves=12))
def test_no_text_raises_and_every_word_can_be_written(text):
    for rule in RULES:
        for word in tokens(clean(text), rule):
            assert word.encode()
            assert word.split() == [word]


@pytest.mark.parametrize(
    "unit",
    [
        "&#1",
        "&#11111111",
        "&#0",
        "0",
        "&#x1",
        "&amp;",
        "&amp",
        "&",
        "&a",
        "Σ'",
        "İ",
        "<a>",
        "<!--",
        "<![CDATA[",
        "\ud800",
        "\u0301",
    ],
)
@pytest.mark.parametrize("start", ["", "&#", "<a "])
def test_the_time_grows_with_the_length_alone(start, unit):
    assert growth(clean, lambda n: start + unit * n + " -->;") < LINEAR

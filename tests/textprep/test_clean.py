import pytest
from hypothesis import given
from hypothesis import strategies as st
from textprep.clean import clean
from textprep.tokens import tokens

from bench import plain

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
        ("İSTANBUL", "i\u0307stanbul"),  # Unicode's lower case of İ is two characters
        ("ΟΔΟΣ", "οδος"),
    ],
)
def test_examples(text, expected):
    assert clean(text) == expected


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_the_words_are_those_of_the_plain_parser(text):
    assert tokens(clean(text)) == plain.tokens(text)


@given(st.text().filter(lambda text: "<" not in text))
def test_any_text_without_tags_gives_the_words_of_the_plain_parser(text):
    assert tokens(clean(text)) == plain.tokens(text)


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

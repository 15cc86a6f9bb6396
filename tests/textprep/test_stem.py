import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem import SnowballStemmer
from textprep import stem
from textprep.clean import clean
from textprep.stem import LANGUAGES, SNOWBALL, UNKNOWN, Stems, stems
from textprep.tokens import tokens

from tests.growth import LINEAR, growth

WORDS = """
flies dies mules denied died agreed owned humbled sized meeting stating siezing itemization sensational
traditional reference colonizer plotted skies dying innings news happily relational conditional digitizer hopefulness
a is ii 10 1990s naïve 最高 i\u0307 straße yyyyyyy aaaa controlling falling hissing fizzed generously
""".split()  # noqa: SIM905 (a list of words, to be read as one)


def run(code):
    """Run Python code in a new interpreter; return what it prints, from JSON."""
    return json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize(
    "imports",
    [
        "import nltk; from textprep.stem import stems; ours = stems(words)",
        "from textprep.stem import stems; ours = stems(words); import nltk",
    ],
)
def test_stems_are_those_of_nltk_imported_as_a_whole_before_or_after(imports):
    code = f"import json; words = {WORDS!r}; {imports}; theirs = nltk.stem.PorterStemmer()"
    found = run(f"{code}; print(json.dumps([ours, [theirs.stem(word) for word in words], nltk.__name__]))")
    assert found == [stems(WORDS), stems(WORDS), "nltk"]


def test_importing_a_stemmer_does_not_import_the_rest_of_nltk():
    code = "import json, sys; from textprep.stem import stems; stems(['films']); print(json.dumps(sorted(sys.modules)))"
    assert not {name for name in run(code) if name.split(".")[0] in ("nltk", "scipy", "numpy", "sklearn")}


def test_many_threads_may_need_the_stemmer_first():
    stem._stemmer.cache_clear()
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda word: stems([word])[0], ["films"] * 64)) == {"film"}


def test_remembers_words_within_bounds():
    numbers = Stems({"the": -2}, {"film": 7}, limit=3)
    assert [numbers[word] for word in ("films", "the", "filmed", "unheard", "x" * 1_000)] == [
        7,
        -2,
        7,
        UNKNOWN,
        UNKNOWN,
    ]
    assert dict(numbers) == {"the": -2, "films": 7, "filmed": 7}


def test_does_not_remember_long_words():
    numbers = Stems({}, {}, limit=10)
    assert numbers["y" * 1_000_000] == UNKNOWN
    assert not numbers


def test_known_words_are_not_stemmed(monkeypatch):
    monkeypatch.setattr(stem, "_stemmer", lambda language: pytest.fail("stemmed"))
    assert Stems({"films": 3}, {})["films"] == 3


@given(st.text(st.characters()) | st.text("yaeiousingt'\u0301", max_size=60))
def test_any_word_has_a_stem_that_a_line_of_the_vocabulary_can_hold(text):
    for word in tokens(clean(text)):
        [stem] = stems([word])
        assert stem.split() == [stem]


@pytest.mark.parametrize("unit", ["y", "ya", "s", "ing", "क\u093f"])
def test_the_time_grows_with_the_length_alone(unit):
    assert growth(stems, lambda n: [unit * n]) < LINEAR


FOREIGN = {
    "arabic": "والكتابات مكتبة يكتبون الفيلم ـ ٌ",
    "danish": "bøgerne filmene",
    "dutch": "geweldige films lichamelijkheden",
    "finnish": "elokuvassa näyttelijöiden",
    "french": "étonnamment naïveté ennuyeuses l’œuvre",
    "german": "häuser straße großartigste",
    "hungarian": "könyvekkel szépséges",
    "italian": "bellissime attori città",
    "norwegian": "bøkene filmene",
    "portuguese": "emoções atuação",
    "romanian": "filmele plictisitoare",
    "russian": "фильмы замечательная ёлка",
    "spanish": "películas aburridísimo niñas",
    "swedish": "filmerna skådespelarna",
}


def test_foreign_stems_are_those_of_nltk_without_its_rest():
    words = {language: text.split() for language, text in FOREIGN.items()}
    code = "import json, sys; from textprep.stem import stems; "
    code += f"ours = {{one: stems(words, one) for one, words in {words!r}.items()}}; names = sorted(sys.modules)"
    ours, modules = run(f"{code}; print(json.dumps([ours, names]))")
    assert not {name for name in modules if name.split(".")[0] in ("nltk", "scipy", "numpy", "sklearn")}
    theirs = {one: [SnowballStemmer(one).stem(word) for word in words[one]] for one in words}
    assert ours == {one: [stem or word for stem, word in zip(theirs[one], words[one], strict=True)] for one in words}
    assert all(ours[one] != words[one] for one in words)
    assert set(SnowballStemmer.languages) - {"english", "porter"} == set(SNOWBALL) == set(FOREIGN)
    assert set(LANGUAGES) == {*SNOWBALL, "english", "none"}


def test_a_stem_does_not_depend_on_the_words_before():
    words = FOREIGN["arabic"].split()
    assert stems(words, "arabic") == [stem for word in words for stem in stems([word], "arabic")]
    assert stems(words[::-1], "arabic") == stems(words, "arabic")[::-1]


def test_without_a_language_a_word_is_its_own_stem():
    assert stems(WORDS, "none") == WORDS
    assert Stems({}, {"films": 4}, language="none")["films"] == 4
    assert Stems({}, {"haus": 4}, language="german")["häuser"] == 4


@given(st.sampled_from(SNOWBALL), st.data())
def test_any_word_has_a_stem_in_every_language(language, data):
    letters = FOREIGN[language] + "aeiouyst'\u0301"
    text = data.draw(st.text(st.characters(), max_size=20) | st.text(letters, max_size=60))
    for word in tokens(clean(text)):
        [stem] = stems([word], language)
        assert stem.split() == [stem]


def test_a_word_of_a_megabyte_does_not_stop_any_language():
    for language in SNOWBALL:
        assert stems(["ya" * 500_000], language) == ["ya" * 500_000]

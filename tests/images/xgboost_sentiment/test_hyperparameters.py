import json
from collections import Counter
from pathlib import Path

import pytest
from smcontract.errors import UserError
from textprep.specification import Specification
from xgboost_sentiment.hyperparameters import TABLE, TEXT, TREES, checked, defaults, specification

RECIPES = Path(__file__).parents[3] / "images" / "xgboost-sentiment" / "recipes"


def parse(raw):
    return checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))


def given(raw):
    return {name: value for name, value in parse(raw).items() if value is not None}


def test_the_defaults_are_the_recipe():
    values = given({})
    assert {name: values[name] for name in ("booster", "objective", "num_round", "eta", "lambda", "eval_metric")} == {
        "booster": "gblinear",
        "objective": "binary:logistic",
        "num_round": 12,
        "eta": 0.5,
        "lambda": 6e-6,
        "eval_metric": ("accuracy",),
    }
    assert specification(values) == Specification(200_000, weighting="naive-bayes-tfidf", norm="l2", tokens=3)
    assert not values.keys() & set(TREES)


def test_features_have_the_defaults_of_xgboost():
    assert given({"input": "features"}) == {
        "input": "features",
        "booster": "gbtree",
        "objective": "reg:squarederror",
        "eval_metric": ("rmse",),
        "num_round": 100,
        "validation_fraction": 0.0,
        "seed": 0,
        "verbosity": 1,
        "report_examples": True,
    }


def test_trees_on_reviews_have_their_own_defaults_too():
    values = given({"booster": "gbtree", "max_depth": "5"})
    assert (values["num_round"], values["max_depth"], values.get("eta")) == (100, 5, None)
    assert specification(values) == Specification(200_000)


@pytest.mark.parametrize("encode", [lambda text: text, json.dumps, lambda text: json.dumps(json.dumps(text))])
def test_values_may_be_encoded(encode):
    raw = {"booster": "gbtree", "eta": "0.2", "num_round": "50", "eval_metric": "auc, accuracy", "silent": "0"}
    values = parse({name: encode(text) for name, text in raw.items()})
    assert (values["eta"], values["num_round"], values["verbosity"]) == (0.2, 50, 2)
    assert values["eval_metric"] == ("auc", "accuracy")


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({"max_dept": "5"}, '"max_dept" is unknown: did you mean max_depth?'),
        ({"eta": "1.5"}, 'eta is "1.5": expected a number from 0 to 1'),
        ({"num_round": "many"}, 'num_round is "many": expected an integer at least 1'),
        ({"num_round": "0"}, "num_round"),
        ({"ngram_max": "4"}, "ngram_max"),
        ({"validation_fraction": "1"}, "validation_fraction"),
        ({"subsample": "0"}, "subsample"),
        ({"input": "images"}, "expected one of text, features"),
        ({"objective": "reg:squarederror"}, "objective is reg:squarederror: reviews take binary:logistic only"),
        ({"booster": "dart"}, "booster is dart: reviews take gblinear or gbtree only"),
        ({"num_class": "3"}, "no effect with input text: num_class"),
        ({"language": "klingon"}, 'language is "klingon": expected one of english, none, arabic, danish'),
        ({"stop_words": "german"}, "stop_words is german, and language is english: set both to the same language"),
        ({"stop_words": "english", "language": "none"}, "stop_words is english, and language is none"),
        ({"input": "features", "language": "german"}, "no effect with input features: language"),
        ({"max_depth": "5", "nthread": "2"}, "no effect with booster gblinear: max_depth, nthread"),
        ({"input": "features", "ngram_max": "2"}, "no effect with input features: ngram_max"),
        (
            {"eval_metric": "rmse"},
            'eval_metric "rmse" is not available for reviews: choose from accuracy, logloss',
        ),
        ({"eval_metric": "accuracy,"}, 'eval_metric "" is not available for'),
        ({"eta": "0.1", "learning_rate": "0.2"}, "two names of one hyperparameter"),
    ],
)
def test_wrong_values_are_refused(raw, sentence):
    with pytest.raises(UserError) as error:
        parse(raw)
    assert sentence in str(error.value)


def test_no_name_is_taken_twice():
    names = Counter(name for row in TABLE.rows for name in (row.name, *row.aliases))
    assert set(names.values()) == {1}
    assert {*TEXT, *TREES} <= names.keys()


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.json")), ids=lambda path: path.stem)
def test_the_recipes_are_valid_requests(recipe):
    raw = json.loads(recipe.read_text())
    assert set(map(type, raw.values())) == {str}
    assert parse(raw)


def test_the_classic_recipe_counts_words_as_it_always_did():
    values = given(json.loads((RECIPES / "classic.json").read_text()))
    plain = Specification(5000, 1, 1, "counts", "none", "english")
    assert specification(values) == plain

"""The hyperparameters: XGBoost's by their own names, and those of the text preprocessing. Trains nothing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from smcontract.errors import UserError, shown
from smcontract.hyperparameters import Hyperparameter, Table
from smcontract.training.evaluation import EXAMPLES
from textprep import stopwords
from textprep.specification import Specification
from textprep.stem import LANGUAGES

from xgboost_sentiment import parameters

TEXT = ("vocabulary_size", "ngram_max", "min_count", "values", "weighting", "norm", "stop_words", "language")
"""Only for `input` text: fields of `textprep.specification.Specification`, as is what `punctuation` means."""

TREES = (
    "max_depth", "max_leaves", "grow_policy", "gamma", "min_child_weight", "max_delta_step", "subsample",
    "colsample_bytree", "colsample_bylevel", "colsample_bynode", "tree_method", "max_bin", "nthread",
)  # fmt: skip
"""Only for `booster` gbtree, or in `input` features dart."""

METRICS = ("accuracy", "logloss", "error", "auc", "aucpr")
"""What `eval_metric` may name for `input` text, the default first. `accuracy` is 1 - error."""

_OWN = MappingProxyType({"eta": None, "lambda": None, "num_round": 100})
_COUNTS = MappingProxyType({"weighting": "naive-bayes", "norm": "none", "punctuation": "none"})
_FEATURES = MappingProxyType(
    {"booster": "gbtree", "objective": "reg:squarederror", **dict.fromkeys((*TEXT, "punctuation"))}
)


def _integer(name: str, minimum: int, default: int | None, help: str, **more: Any) -> Hyperparameter:
    return Hyperparameter(name=name, type=int, minimum=minimum, default=default, help=help, **more)


def _number(name: str, minimum: float, default: float | None, help: str, **more: Any) -> Hyperparameter:
    return Hyperparameter(name=name, type=float, minimum=minimum, default=default, help=help, **more)


def _choice(name: str, choices: tuple[str, ...], default: str | None, help: str, **more: Any) -> Hyperparameter:
    return Hyperparameter(name=name, type=str, choices=choices, default=default, help=help, **more)


def _part(name: str, help: str) -> Hyperparameter:
    return _number(name, 0, None, help, exclusive_minimum=True, maximum=1, scale="Linear", search=(0.3, 1))


TABLE = Table((
    _choice("input", ("text", "features"), "text", "What the channels hold: reviews, or numbers."),
    _integer("vocabulary_size", 1, 200_000, "text: maximum number of words and n-grams kept, the most frequent ones.",
             scale="Logarithmic", search=(5_000, 2_000_000)),
    _integer("ngram_max", 1, 3, "text: number of words in the longest n-gram.", maximum=3, scale="Linear"),
    _integer("min_count", 1, 2, "text: drop n-grams that occur less often than this.", scale="Linear", search=(1, 10)),
    _choice("values", ("presence", "counts"), "presence", "text: count whether a word occurs, or how "
                                                          "often.", scale="Linear"),
    _choice("weighting", ("naive-bayes-tfidf", "naive-bayes", "none"), "naive-bayes-tfidf", "text: multiply by "
            "naive-Bayes log-count ratios, or by the root of their size and the inverse document frequency. gbtree: "
            "naive-bayes."),
    _choice("norm", ("l2", "none"), "l2", "text: divide each row by its length. gbtree: none."),
    _choice("punctuation", ("words", "none"), "words", "text: punctuation marks are words too, or only separate them. "
                                                       "gbtree: none."),
    _choice("language", LANGUAGES, "english", "text: language of the stemmer; none leaves words as they are."),
    _choice("stop_words", ("none", *stopwords.LANGUAGES), "none", "text: list of words to leave out, that of the "
                                                                  "language."),
    _number("validation_fraction", 0, 0.0, "Fraction of the train channel held back as validation data.",
            maximum=1, exclusive_maximum=True),
    _choice("booster", ("gblinear", "gbtree", "dart"), "gblinear", "Linear model or trees. features: gbtree. "
                                                                   "dart: features only."),
    Hyperparameter(name="objective", type=str, default="binary:logistic", help="Learning objective. text: "
                   "binary:logistic only. features: see below; default reg:squarederror."),
    _integer("num_round", 1, 12, "Rounds of boosting. features or gbtree: 100.", scale="Linear", search=(5, 500)),
    _number("eta", 0, 0.5, "Step size. features or gbtree: XGBoost's own.", maximum=1,
            aliases=("learning_rate",), scale="Linear", search=(0.05, 1)),
    _number("lambda", 0, 6e-6, "L2 regularisation. features or gbtree: XGBoost's own.",
            aliases=("reg_lambda",), scale="Logarithmic", search=(1e-6, 10)),
    _number("alpha", 0, None, "L1 regularisation.", aliases=("reg_alpha",), scale="Linear", search=(0, 10)),
    _integer("max_depth", 0, None, "gbtree: maximum depth of a tree.", scale="Linear", search=(2, 12)),
    _integer("max_leaves", 0, None, "gbtree: maximum leaves of a tree, 0 for no limit."),
    _choice("grow_policy", ("depthwise", "lossguide"), None, "gbtree: which node to split next."),
    _number("gamma", 0, None, "gbtree: minimum loss reduction for a split.",
            aliases=("min_split_loss",), scale="Linear", search=(0, 10)),
    _number("min_child_weight", 0, None, "gbtree: minimum weight of a leaf.", scale="Linear", search=(0, 20)),
    _number("max_delta_step", 0, None, "gbtree: maximum output of a leaf, 0 for no limit."),
    _part("subsample", "gbtree: fraction of the rows for each tree."),
    _part("colsample_bytree", "gbtree: fraction of the columns for each tree."),
    _part("colsample_bylevel", "gbtree: fraction of the columns for each level."),
    _part("colsample_bynode", "gbtree: fraction of the columns for each split."),
    _choice("tree_method", ("auto", "exact", "approx", "hist", "gpu_hist"), None, "gbtree: how splits are found. "
                                                                                  "gpu_hist is refused: no GPU."),
    _integer("max_bin", 2, None, "gbtree: number of histogram bins per column."),
    _number("scale_pos_weight", 0, None, "Weight of the positive class.", exclusive_minimum=True),
    Hyperparameter(name="eval_metric", type=str, default=None, help="Metrics of each round, separated by commas. "
                   "text: accuracy, logloss, error, auc, aucpr; default accuracy. features: see below."),
    _integer("early_stopping_rounds", 1, None, "Stop when the last eval_metric has not improved on the validation "
                                               "data for this many rounds, and keep the best round."),
    _integer("seed", 1 - 2**31, 0, "Seed for all random choices.", maximum=2**31 - 1),
    _integer("nthread", 1, None, "gbtree: number of threads. Default: all usable CPUs."),
    _integer("verbosity", 0, 1, "Verbosity of XGBoost's own messages.", maximum=3),
    Hyperparameter(name="silent", type=bool, default=None, help="Older form of verbosity: 0 prints running messages, "
                                                                "as verbosity 2 does; 1 prints none."),
    EXAMPLES,
    *parameters.ROWS,
))  # fmt: skip
"""Defaults are the recipe for reviews; `defaults` has those that differ. Without a default a value is XGBoost's own."""


def defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults that differ from the table's: XGBoost's own, where the recipe for reviews is not meant.

    Example:
        >>> dict(list(defaults({"input": "text", "booster": "gbtree"}).items())[3:])
        {'weighting': 'naive-bayes', 'norm': 'none', 'punctuation': 'none'}
        >>> defaults({"input": "text", "booster": "gblinear"})
        {}
    """
    if values["input"] == "features":
        return {**_OWN, **_FEATURES}
    return {**_OWN, **_COUNTS} if values["booster"] == "gbtree" else {}


def specification(values: Mapping[str, Any]) -> Specification:
    """Return the preprocessing that the values of `input` text ask for."""
    rule = 3 if values["punctuation"] == "words" else 2
    return Specification(**{name: values[name] for name in TEXT}, tokens=rule)


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with `eval_metric` as a tuple and `silent` as the `verbosity` it means.

    Raises UserError when some of them do not go together.
    """
    verbosity = {None: values["verbosity"], False: 2, True: 0}[values["silent"]]
    values = {**values, "verbosity": verbosity, "silent": None}
    _refuse(values, (*TEXT, "punctuation"), "input", "text")
    if values["input"] == "features":
        return parameters.checked(values, (*TREES, *parameters.TREES))
    _refuse(values, parameters.NAMES, "input", "features")
    for name, possible in (("objective", ("binary:logistic",)), ("booster", ("gblinear", "gbtree"))):
        if values[name] not in possible:
            raise UserError(
                f"{name} is {values[name]}: reviews take {' or '.join(possible)} only; leave it out, or set input to "
                "features"
            )
    if values["stop_words"] not in ("none", values["language"]):
        raise UserError(
            f"stop_words is {values['stop_words']}, and language is {values['language']}: set both to the same "
            "language, or stop_words to none"
        )
    if values["tree_method"] == "gpu_hist":
        raise UserError("tree_method is gpu_hist: this image has no GPU; set it to hist")
    _refuse(values, TREES, "booster", "gbtree")
    metrics = tuple(name.strip() for name in (values["eval_metric"] or METRICS[0]).split(","))
    for name in metrics:
        if name not in METRICS:
            raise UserError(f"eval_metric {shown(name)} is not available for reviews: choose from {', '.join(METRICS)}")
    return {**values, "eval_metric": metrics}


def _refuse(values: Mapping[str, Any], names: tuple[str, ...], key: str, needed: str) -> None:
    """Say so rather than ignore a value that would have no effect."""
    given = [name for name in names if values[name] is not None]
    if values[key] != needed and given:
        raise UserError(f"no effect with {key} {values[key]}: {', '.join(given)}; leave out, or set {key} to {needed}")

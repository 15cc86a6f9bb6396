"""Every hyperparameter of SageMaker's XGBoost is taken, or refused by its name."""

import logging
import re
from pathlib import Path

import pytest
from smcontract.errors import UserError
from xgboost_sentiment import metricnames, parameters
from xgboost_sentiment.hyperparameters import TABLE, checked, defaults
from xgboost_sentiment.objectives import DEFAULT_METRICS

# As the page "XGBoost hyperparameters" of its developer guide has them, and its container: an example of each.
OF_SAGEMAKER = {
    "num_class": "3", "num_round": "10", "alpha": "1", "base_score": "0.5", "booster": "dart",
    "colsample_bylevel": "0.5", "colsample_bynode": "0.5", "colsample_bytree": "0.5", "csv_weights": "1",
    "deterministic_histogram": "true", "early_stopping_rounds": "5", "eta": "0.3", "eval_metric": "auc", "gamma": "1",
    "grow_policy": "lossguide", "interaction_constraints": "[[0,1],[2,3]]", "lambda": "1", "lambda_bias": "0",
    "max_bin": "256", "max_delta_step": "1", "max_depth": "6", "max_leaves": "8", "min_child_weight": "1",
    "monotone_constraints": "(1, 0)", "normalize_type": "tree", "nthread": "2", "num_parallel_tree": "2",
    "objective": "binary:logistic", "one_drop": "0", "process_type": "default", "rate_drop": "0.3",
    "refresh_leaf": "1", "sample_type": "uniform", "scale_pos_weight": "2", "seed": "-1", "single_precision_histogram":
    "false", "sketch_eps": "0.03", "skip_drop": "0", "subsample": "0.8", "tree_method": "hist",
    "tweedie_variance_power": "1.4", "updater": "grow_colmaker", "use_dask_gpu_training": "false", "verbosity": "2",
    "_kfold": "5", "_num_cv_round": "2", "_tuning_objective_metric": "validation:auc", "aft_loss_distribution":
    "normal", "aft_loss_distribution_scale": "1", "dsplit": "row", "predictor": "cpu_predictor", "prob_buffer_row":
    "2", "sampling_method": "uniform", "save_model_on_termination": "true", "silent": "0", "reg_alpha": "1",
    "reg_lambda": "1", "learning_rate": "0.1", "min_split_loss": "0",
}  # fmt: skip
NEEDS = {"num_class": {"objective": "multi:softprob"}, "_num_cv_round": {"_kfold": "2"}}


def parse(**raw):
    raw = {"input": "features", **raw}
    return checked(TABLE.parse(raw, defaults(TABLE.parse(raw))))


@pytest.mark.parametrize("name", OF_SAGEMAKER)
def test_each_is_taken(name):
    parse(**{name: OF_SAGEMAKER[name]}, **NEEDS.get(name, {}))


def test_what_has_no_effect_is_in_the_log(caplog):
    with caplog.at_level(logging.INFO):
        parse(rate_drop="0.3", tweedie_variance_power="1.4", sketch_eps="0.1", objective="binary:logistic")
    assert [record.getMessage() for record in caplog.records] == [
        "no effect: sketch_eps: XGBoost 3 has none",
        "no effect: rate_drop: for booster dart",
    ]


def test_the_table_says_what_each_row_is_for():
    rows = {row.name: row.help for row in TABLE.rows}
    assert {name for name, help in rows.items() if "no effect" in help} == set(parameters.WITHOUT_EFFECT)
    assert {*parameters.PASSED, *parameters.HERE, *parameters.WITHOUT_EFFECT} == set(parameters.NAMES)
    refused = {name for name, help in rows.items() if "refused" in help}
    assert refused == {name for name, _ in parameters.REFUSED}


def test_the_readme_lists_every_objective_and_metric():
    page = (Path(__file__).parents[3] / "images/xgboost-sentiment/README.md").read_text()
    section = page.partition("### Objectives and metrics of numbers\n")[2].partition("**Cross-validation.**")[0]
    table, _, lists = section.partition("`eval_metric` names any of these")
    objectives = set(re.findall(r"`(\w+:\w+)`", table))
    assert objectives == {*DEFAULT_METRICS, *parameters.RENAMED}
    assert set(re.findall(r"`([\w-]+)`", lists)) == {*metricnames.XGBOOST, *metricnames.CLASSES, *metricnames.NUMBERS}


def test_the_default_metric_is_that_of_the_objective():
    for objective, metric in DEFAULT_METRICS.items():
        classes = {"num_class": "3"} if objective.startswith("multi:") else {}
        assert parse(objective=objective, **classes)["eval_metric"] == (metric,)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"tree_method": "gpu_hist"}, "tree_method is gpu_hist: this image has no GPU: set it to hist"),
        ({"predictor": "gpu_predictor"}, "predictor is gpu_predictor: this image has no GPU"),
        ({"use_dask_gpu_training": "true"}, "use_dask_gpu_training is true: this image has no GPU"),
        ({"process_type": "update"}, "process_type is update: it needs a model to start from"),
        ({"objective": "reg:cubic"}, 'objective is "reg:cubic": expected one of binary:logistic'),
        ({"objective": "multi:softmax"}, "multi:softmax needs num_class, the number of classes"),
        ({"num_class": "3"}, "num_class is 3: it is for multi:softmax and multi:softprob, not for reg:squarederror"),
        ({"eval_metric": "rmsee"}, 'eval_metric "rmsee" is unknown: choose from'),
        ({"eval_metric": "auc@3"}, 'eval_metric "auc@3" is unknown'),
        ({"eval_metric": "ndcg@five"}, 'eval_metric "ndcg@five": a number must follow the @'),
        ({"eval_metric": "f1"}, "eval_metric f1 is for classes, and reg:squarederror predicts numbers"),
        (
            {"eval_metric": "f1_binary", "objective": "multi:softmax", "num_class": "3"},
            "eval_metric f1_binary is for two classes: choose f1_macro",
        ),
        ({"updater": "grow_all"}, 'updater "grow_all" is unknown'),
        ({"updater": "grow_skmaker"}, "updater grow_skmaker: XGBoost no longer has it"),
        ({"updater": "shotgun"}, "updater shotgun is for booster gblinear"),
        ({"updater": "prune", "booster": "gblinear"}, "updater prune is for trees"),
        ({"updater": "shotgun,coord_descent", "booster": "gblinear"}, "the linear booster has one updater"),
        ({"monotone_constraints": "(1,2)"}, 'monotone_constraints is "(1,2)": give -1, 0 or 1 for each column'),
        ({"monotone_constraints": "up"}, "monotone_constraints is"),
        ({"interaction_constraints": "[0,1]"}, 'interaction_constraints is "[0,1]": give lists of columns'),
        ({"interaction_constraints": "x"}, "interaction_constraints is"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given, sentence):
    with pytest.raises(UserError) as error:
        parse(**given)
    assert sentence in str(error.value)


def test_constraints_come_in_several_spellings():
    assert parse(monotone_constraints="[1, -1, 0]")["monotone_constraints"] == "(1,-1,0)"
    assert parse(monotone_constraints='"(1,)"')["monotone_constraints"] == "(1)"
    assert parse(interaction_constraints="[[0, 1]]")["interaction_constraints"] == "[[0, 1]]"

import pytest

from driver.errors import DriverError
from driver.requests import tuning
from driver.requests.tuning import Tuning, ranges

from .test_training import FULL, plan

KNOWN = {
    "IntegerParameterRanges": [{"Name": "num_round", "MinValue": "5", "MaxValue": "500", "ScalingType": "Linear"}],
    "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.05", "MaxValue": "1", "ScalingType": "Logarithmic"}],
    "CategoricalParameterRanges": [{"Name": "values", "Values": ["presence", "counts"]}],
}
OBJECTIVE = {"MetricName": "validation:accuracy", "Type": "Maximize"}


@pytest.mark.parametrize("changes", [{}, {"strategy": "Grid"}, {"is_stopping_early": True, "seed": 7}])
def test_a_tuning_job_is_as_aws_has_it(valid, changes):
    found = ranges(["num_round", "eta=0.1:0.5", "values", "booster=gbtree,gblinear"], KNOWN)
    job = plan(resources=FULL, environment={"A": "1"}, tags={"team": "reviews"}, hyperparameters={"min_count": "2"})
    request = tuning.create_tuning_job(job, Tuning(objective=OBJECTIVE, ranges=found, **changes))
    valid(request)
    definition = request.parameters["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"] == {"min_count": "2"}
    assert definition["Environment"] == {"A": "1"}


def test_ranges_of_the_table_and_of_the_command_line():
    found = ranges(["num_round", "eta=0.1:0.5", "values", "depth=2:8:Linear", "num_round=1:9"], KNOWN)
    assert found["IntegerParameterRanges"] == [
        {"Name": "num_round", "MinValue": "1", "MaxValue": "9", "ScalingType": "Linear"},
        {"Name": "depth", "MinValue": "2", "MaxValue": "8", "ScalingType": "Linear"},
    ]
    assert found["ContinuousParameterRanges"] == [
        {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
    ]
    assert found["CategoricalParameterRanges"] == KNOWN["CategoricalParameterRanges"]


def test_a_number_of_the_table_stays_of_its_kind():
    assert ranges(["eta=1:2"], KNOWN)["ContinuousParameterRanges"][0]["MinValue"] == "1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gamma", '"gamma" has no known range: give --range gamma=LOW:HIGH'),
        ("eta=1:0", "1 is above 0; swap them"),
        ("eta=a:1", '"a" is not a number'),
        ("eta=0:nan", '"nan" is not a number'),
        ("eta=0:1:Log", 'the scale is "Log": expected one of Auto, Linear'),
    ],
)
def test_another_range_is_refused(text, sentence):
    with pytest.raises(DriverError, match=sentence):
        ranges([text], KNOWN)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ranges": {}}, "nothing to tune"),
        (
            {"strategy": "Hyperband", "is_stopping_early": True},
            "SageMaker refuses early stopping with it: leave it out",
        ),
        ({"jobs": 0}, "0 training jobs, 2 at once: give 1 or more"),
        (
            {"ranges": ranges(["num_round"], KNOWN)},
            "num_round: both set and tuned: leave out --set, or say what to tune: --range NAME",
        ),
    ],
)
def test_a_tuning_that_cannot_work_is_refused(changes, sentence):
    right = {"objective": OBJECTIVE, "ranges": ranges(["eta"], KNOWN)}
    with pytest.raises(DriverError, match=sentence):
        tuning.create_tuning_job(plan(), Tuning(**{**right, **changes}))


def test_a_tuning_job_has_a_shorter_name():
    right = Tuning(objective=OBJECTIVE, ranges=ranges(["eta"], KNOWN))
    with pytest.raises(DriverError, match="use 1 to 32 letters"):
        tuning.create_tuning_job(plan(name="x" * 33), right)

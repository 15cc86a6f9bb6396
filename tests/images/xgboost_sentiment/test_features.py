import numpy as np
import pytest
from smcontract.errors import UserError
from smcontract.records import Numbers
from smcontract.training.hosts.group import Group
from textprep.errors import DataError
from xgboost_sentiment import features
from xgboost_sentiment.columns import Rows, join, matrix
from xgboost_sentiment.hyperparameters import checked
from xgboost_sentiment.standin import StandIn


def read(container, objective="binary:logistic", stand_in="", **hyperparameters):
    context = container.context(input="features", objective=objective, **hyperparameters)
    return features.read(context.job, checked(context.hyperparameters), StandIn(stand_in), Group.alone())


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("1,0,2.5,0\n0,0,0,-1\n1,0,0,0\n", "dense.csv"),
        ("1,,2.5,\n0, ,,-1\n1,,,\n", "blank.csv"),
        ("1,0.0,2.5,-0\r\n0,0,0e5,-1.0\r\n1,0,0,0\r\n", "spelled.csv"),
        ("1 1:2.5\n0 2:-1\n1\n", "sparse.libsvm"),
        ("1 1:2.5 0:0\n0 2:-1\n1 2:0\n", "zeros.svm"),
    ],
)
def test_a_zero_a_blank_and_an_absent_value_are_the_same(container, content, name):
    container.put("train", content, name)
    matrix, labels, weights, _ = read(container).data["train"]
    assert weights is None
    assert labels.tolist() == [1, 0, 1]
    assert matrix.nnz == 2
    assert matrix.toarray().tolist() == [[0, 2.5, 0], [0, 0, -1], [0, 0, 0]]
    assert matrix.dtype == np.float32


def test_the_widest_libsvm_channel_decides(container):
    container.put("train", "1 0:1\n0 2:1\n", content_type="libsvm")
    container.put("test", "1 7:1\n", content_type="text/libsvm")
    prepared = read(container)
    assert prepared.n_features == 8
    assert prepared.data["train"].matrix.shape == (2, 8)
    assert prepared.data["test"].matrix.shape == (1, 8)


def test_golden_records_are_the_first_rows(container):
    container.put("train", "1,0,2.5\n0,0,0\n" + "1,0.1,0\n" * 20)
    prepared = read(container)
    assert prepared.golden == ["0 1:2.5", "0", *["0 0:0.1"] * 6]
    read_back = matrix(join([Rows(2).from_json(record) for record in prepared.golden]), 2)
    assert np.array_equal(read_back.toarray(), prepared.data["train"].matrix[:8].toarray())


def test_a_part_is_held_back(rows):
    prepared = read(rows, validation_fraction="0.25")
    train, validation = prepared.data["train"], prepared.data["validation"]
    assert (len(train.labels), len(validation.labels)) == (30, 10)
    again = read(rows, validation_fraction="0.25").data["validation"]
    assert np.array_equal(again.matrix.toarray(), validation.matrix.toarray())


def test_numbers_are_predicted_from_any_label(container):
    container.put("train", "17.5,1\n-3,2\n")
    prepared = read(container, objective="reg:squarederror")
    assert prepared.data["train"].labels.tolist() == [17.5, -3]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ("label,a,b\n1,2,3\n", "a.csv", 'a.csv line 1 looks like a header, "label,a,b": remove it'),
        ("1,2,3\nx,2,3\n", "a.csv", 'a.csv line 2, column 1: the label "x" is not a number'),
        ("1,2,3\n,2,3\n", "a.csv", 'a.csv line 2, column 1: the label "" is not a number'),
        ("1,2,3\nnan,2,3\n", "a.csv", 'the label "nan" is not a number'),
        ("1,2,3\n2,2,3\n", "a.csv", "a.csv line 2: the label is 2; with binary:logistic it must be 0 or 1"),
        ("1,2,3\n0,2\n", "a.csv", "a.csv line 2: 2 columns instead of 3"),
        ("1,2,3\n0,2,3,4\n", "a.csv", "a.csv line 2: 4 columns instead of 3"),
        ("1\n0\n", "a.csv", "a.csv line 1: 1 column instead of 2"),
        ("1,2,3\n0,2,x\n", "a.csv", 'a.csv line 2, column 3: the value "x" is not a number'),
        ("1,2,3\n0,2,NaN\n", "a.csv", "a.csv line 2: a number is NaN"),
        ("1,2,3\n0,2,1e60\n", "a.csv", "too large for 32-bit"),
        ("1,2,3\n1,2,4\n", "a.csv", "all 2 records to train on are labelled 1"),
        (b"1,2\n0,\xff\n", "a.csv", "a.csv line 2: byte 3 is not UTF-8"),
        (b"1,2\n0,\x00\n", "a.csv", "a.csv line 2: a NUL character"),
        ("1" + ",0" * 5_000_000, "a.csv", "a.csv line 1: the record is larger than"),
        ("1 0:1\n0 3:1 3:2\n", "a.libsvm", "a.libsvm line 2: index 3 occurs twice"),
        ("1 0:1\n0 -1:1\n", "a.libsvm", 'a.libsvm line 2: "-1:1" is not an index:value pair'),
        ("1 0:1\n0 99999999:1\n", "a.libsvm", "a.libsvm line 2: index 99999999 is outside"),
        ("1 0:1\n0 qid:1 3:1\n", "a.libsvm", "channel train: some lines have a qid and some have none"),
        ("1 qid:1 0:1\n0 qid:x 3:1\n", "a.libsvm", 'a.libsvm line 2: qid is "x": give a whole number'),
        ("1 0:1\n0:-1 0:2\n", "a.libsvm", "a.libsvm line 2: the weight -1 is negative"),
        ("1 0:1\n0: 0:2\n", "a.libsvm", 'a.libsvm line 2: the weight "" is not a number'),
        ("1 0:1\n0:1e39 0:2\n", "a.libsvm", "a.libsvm line 2: the weight 1e39 does not fit 32-bit"),
        ("x 0:1\n", "a.libsvm", 'a.libsvm line 1: the label "x" is not a number'),
        ("1 0:1\n0 0:x\n", "a.libsvm", 'a.libsvm line 2: "x" is not a number'),
        ("1\n0\n", "a.libsvm", "no row has a feature that is not zero"),
        ("False,54,3\nTrue,31,1\n", "a.csv", 'line 1, column 1: the label "False" is not a number; it is a boolean'),
        ("0,54,False,1\n", "a.csv", 'line 1, column 3: the value "False" is not a number; it is a boolean: write 1'),
        ("0;54;3\n1;31;1\n", "a.csv", 'line 1, column 1: the label "0;54;3" is not a number; it contains semicolons'),
        ("0\t54\n1\t31\n", "a.csv", "it contains tabs: columns must be separated by commas"),
        ("0 54 3\n1 31 1\n", "a.csv", "it contains spaces: columns must be separated by commas"),
        ("col 1,col 2\n1,2\n", "a.csv", "looks like a header"),
        ("y;a;b\n0;1;2\n", "a.csv", "looks like a header"),
        ('"1","2"\n', "a.csv", "write numbers without quotes"),
        ("x,2,3\n", "a.csv", 'line 1, column 1: the label "x" is not a number; each row must have its label first'),
        ("id,1,2\n1,2,3\n", "a.csv", 'line 1, column 1: the label "id" is not a number'),
        ("\n\nlabel,a\n", "a.csv", 'line 3, column 1: the label "label" is not a number'),
        ("1e39,1\n2,2\n", "a.csv", "a.csv line 1: the label 1e39 does not fit 32-bit floating point"),
        ("1_0,1\n2,2\n", "a.csv", 'the label "1_0" is not a number'),
    ],
)
def test_bad_rows_are_named(container, content, name, sentence):
    container.put("train", content, name)
    with pytest.raises((UserError, DataError)) as error:
        read(container)
    assert sentence in str(error.value)


def test_labels_of_a_logistic_regression_are_probabilities(container):
    container.put("train", "0.5,1\n1.5,2\n")
    with pytest.raises(UserError, match=r"line 2: the label is 1.5; with reg:logistic it must be from 0 to 1"):
        read(container, objective="reg:logistic")


def test_another_channel_must_have_the_same_columns(rows):
    rows.put("validation", "1,2\n", name="v.csv")
    with pytest.raises(UserError, match=r"v\.csv line 1: 2 columns instead of 4"):
        read(rows)


def test_libsvm_has_weights_and_comments_as_sagemakers_xgboost_takes_them(container):
    container.put("train", "# of a notebook\n1:0.5 1:0.5 3:1 # a good one\n\n0:2 2:0.5\n1 0:1#\n", "a.libsvm")
    container.put("validation", "1 1:1\n0 2:1\n", "b.libsvm")
    data = read(container).data
    assert data["train"].labels.tolist() == [1, 0, 1]
    assert data["train"].weights.tolist() == [0.5, 2, 1]
    assert data["train"].matrix.toarray().tolist() == [[0, 0.5, 0, 1], [0, 0, 0.5, 0], [1, 0, 0, 0]]
    assert data["validation"].weights is None


def test_a_weight_counts_as_often_as_it_says(container):
    plain, weighted = "1 0:1\n0 0:1\n", "1:3 0:1\n0:1 0:1\n"
    settings = {"input": "features", "objective": "binary:logistic", "num_round": "1", "eta": "1", "lambda": "0"}
    scores = []
    for content in (plain, weighted, "1 0:1\n" * 3 + "0 0:1\n"):
        container.put("train", content, "a.libsvm")
        (prediction,) = container.train(**settings).predict([Numbers(1).from_line("0:1")])
        scores.append(prediction["score"])
    assert scores[0] < scores[1] == pytest.approx(scores[2], abs=1e-6)


def test_weights_are_held_back_with_their_rows(container):
    container.put("train", "".join(f"{n}:{n} 0:{n + 1}\n" for n in range(40)), "a.libsvm")
    prepared = read(container, objective="reg:squarederror", validation_fraction="0.25")
    for name, count in (("train", 30), ("validation", 10)):
        data = prepared.data[name]
        assert len(data.labels) == count
        assert data.weights.tolist() == data.labels.tolist() == (data.matrix.toarray()[:, 0] - 1).tolist()


@pytest.mark.parametrize("content", ["0,1\n0,2\n\n1,3\n", "0,1\n1,2\n1,3\n \t\n\n", "\r\n0,1\r\n\r\n1,2\r\n1,3\r\n"])
def test_blank_lines_are_skipped(container, content):
    container.put("train", content)
    assert len(read(container).data["train"].labels) == 3


def test_a_header_is_left_out_where_the_content_type_says_so(container):
    container.put("train", "y,x\n1,2\n0,3\n", content_type="text/csv; header=present; charset=utf-8")
    assert read(container).data["train"].labels.tolist() == [1, 0]
    container.put("train", "y,x\n1,2\n0,3\n", content_type="text/csv; header=absent")
    with pytest.raises(UserError, match="line 1 looks like a header"):
        read(container)
    container.put("train", "y,x\n1,2\n0,3\n", content_type="csv; header=maybe")
    with pytest.raises(
        UserError, match='channel "train": the parameter "header=maybe" is not supported; text/csv takes'
    ):
        read(container)

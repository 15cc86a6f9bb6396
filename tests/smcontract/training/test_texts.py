import pytest
from smcontract.errors import UserError
from smcontract.training import texts
from smcontract.training.job import Channel
from textprep.errors import DataError


def test_csv_and_json_lines_side_by_side(tmp_path):
    (tmp_path / "a.csv").write_text('pos,"good, good"\n')
    (tmp_path / "b.jsonl").write_text('{"label": 1, "text": "bad"}\n')
    records = list(texts.read(Channel("train", tmp_path)))
    assert [record[:2] for record in records] == [("pos", "good, good"), ("1", "bad")]
    assert records[1].position == "b.jsonl line 1"


def test_what_cannot_be_read_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("pos,good\nbad\n")
    with pytest.raises(DataError, match=r"a\.csv line 2: 1 column"):
        list(texts.read(Channel("train", tmp_path)))
    with pytest.raises(UserError, match="cannot be read here"):
        list(texts.read(Channel("train", tmp_path, "text/libsvm")))


@pytest.mark.parametrize("seed", [0, 1])
def test_held_back_items_are_random_and_the_same_for_the_same_seed(seed):
    held, again, other = [], [], []
    kept = list(texts.hold_back(range(1000), 0.3, seed, held))
    assert sorted(kept + held) == list(range(1000))
    assert len(held) == 300
    assert list(texts.hold_back(range(1000), 0.3, seed, again)) == kept
    assert held == again
    list(texts.hold_back(range(1000), 0.3, seed + 2, other))
    assert other != held


@pytest.mark.parametrize(
    ("size", "fraction", "part"),
    [(40, 0.2, 8), (2600, 0.1, 260), (20_000, 0.0002, 4), (20_000, 0.9998, 19_996), (2, 0.2, 0), (0, 0.5, 0)],
)
def test_the_part_is_as_large_as_asked_for(size, fraction, part):
    held = []
    assert len(list(texts.hold_back(iter(range(size)), fraction, 0, held))) == size - part
    assert len(held) == part


def test_a_stream_is_not_kept():
    stream = iter(range(10 * texts.BLOCK))
    next(texts.hold_back(stream, 0.5, 0, []))
    assert next(stream) == texts.BLOCK

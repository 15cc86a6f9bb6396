import json

import numpy as np
import pytest
from headline_mxnet import forward as forward_module
from headline_mxnet import network
from headline_mxnet.forward import Forward
from headline_mxnet.numpy1 import mx
from headline_mxnet.stored import PARAMETERS, SYMBOL
from smcontract.errors import UserError

from tests.images.headline_mxnet.networks import GIVEN, IDS, LENGTH, made, settings


@pytest.fixture(params=GIVEN)
def kind(request):
    return request.param


def test_each_row_is_a_distribution(kind):
    probabilities = made(kind).probabilities(IDS)
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (40, 4)
    assert probabilities.min() >= 0
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert probabilities.max() > 0.5


def test_a_row_scores_the_same_in_any_company(kind):
    ours = made(kind)
    together = ours.probabilities(IDS)
    alone = np.concatenate([ours.probabilities(IDS[[row]]) for row in range(len(IDS))])
    backwards = ours.probabilities(IDS[::-1])[::-1]
    assert np.abs(together - alone).max() <= 1e-6
    assert np.abs(together - backwards).max() <= 1e-6


@pytest.mark.parametrize("kind", ["pairs", "words"])
@pytest.mark.parametrize("more", [1, 3, 20])
def test_padding_behind_a_row_changes_nothing(kind, more):
    ours = made(kind)
    padded = np.pad(IDS, ((0, 0), (0, more)))
    assert np.abs(ours.probabilities(padded) - ours.probabilities(IDS)).max() <= 1e-6
    short = IDS[(IDS > 0).sum(axis=1) <= 2]
    assert np.abs(ours.probabilities(short[:, :2]) - ours.probabilities(short)).max() <= 1e-6


def test_many_rows_pass_in_parts(kind, monkeypatch):
    ours = made(kind)
    whole = ours.probabilities(IDS)
    monkeypatch.setattr(network, "ROWS", 7)
    assert np.abs(ours.probabilities(IDS) - whole).max() <= 1e-6


def test_word_order_counts_when_there_are_pairs_or_wide_filters(kind):
    ours = made(kind)
    full = IDS[(IDS > 0).all(axis=1)]
    assert np.abs(ours.probabilities(full) - ours.probabilities(full[:, ::-1])).max() > 0.01


def forward(kind, folder, n_ids=30, **more):
    """A network and what is served of it."""
    ours = made(kind, n_ids, **more)
    folder.mkdir()
    ours.save(folder)
    return ours, Forward.load(folder, settings(kind, **more))


def test_a_loaded_network_says_what_the_saved_one_said(kind, tmp_path):
    ours, loaded = forward(kind, tmp_path / "model")
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [PARAMETERS, SYMBOL]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert loaded.probabilities(IDS).dtype == np.float32
    assert np.abs(loaded.probabilities(IDS) - ours.probabilities(IDS)).max() <= 1e-6
    alone = np.concatenate([loaded.probabilities(IDS[[row]]) for row in range(len(IDS))])
    assert np.abs(loaded.probabilities(IDS) - alone).max() <= 1e-6


def test_rare_words_without_products_say_the_same(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(forward_module, "TABLE_BYTES", 4 * 128 * 3 * 10)
    ours, loaded = forward(kind, tmp_path / "model")
    assert np.abs(loaded.probabilities(IDS) - ours.probabilities(IDS)).max() <= 1e-6


@pytest.mark.parametrize("rows", [1, 2, 63, 64, 65, 200])
def test_padding_of_batches_loses_no_rows_and_adds_none(tmp_path, rows):
    """SageMaker's MXNet container returns the same number of padded rows for every batch."""
    ours, loaded = forward("pairs", tmp_path / "model", filter_widths="4,1", n_ids=500)
    ids = np.random.default_rng(rows).integers(0, 500, (rows, LENGTH)).astype(np.int32)
    assert np.abs(loaded.probabilities(ids) - ours.probabilities(ids)).max() <= 1e-6


@pytest.fixture
def saved(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    made("pairs").save(folder)
    return folder


def without_output(folder):
    """Parameters that lack those of the last layer."""
    whole = mx.nd.load(str(folder / PARAMETERS))
    mx.nd.save(str(folder / PARAMETERS), {name: value for name, value in whole.items() if "dense" not in name})


def without_an_operator(folder):
    symbol = json.loads((folder / SYMBOL).read_text())
    symbol["nodes"][-1]["op"] = "Unheard"
    (folder / SYMBOL).write_text(json.dumps(symbol))


def cut(name, part):
    def damage(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * part)])

    return damage


def foreign(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def of(other, name, **more):
    """One file of another network."""

    def damage(folder):
        theirs = folder.parent / "theirs"
        theirs.mkdir()
        made(other, **more).save(theirs)
        (theirs / name).replace(folder / name)

    return damage


DAMAGE = {
    **{f"cut {name} {part}": cut(name, part) for name in (SYMBOL, PARAMETERS) for part in (0, 0.01, 0.5, 0.95)},
    **{
        f"foreign {name} {content[:4]!r}": foreign(name, content)
        for name in (SYMBOL, PARAMETERS)
        for content in (b"{}", b"[]", b"null", b"\xff\xfe" * 99, b"PK\x03\x04" + bytes(99), b"\x80\x04" + bytes(99))
    },
    "no symbol": lambda folder: (folder / SYMBOL).unlink(),
    "no parameters": lambda folder: (folder / PARAMETERS).unlink(),
    "a layer is missing": without_output,
    "an operator that MXNet does not know": without_an_operator,
    "symbol of the workshop's": of("workshop", SYMBOL),
    "parameters of the workshop's": of("workshop", PARAMETERS),
    "symbol without pairs": of("words", SYMBOL),
    "parameters without pairs": of("words", PARAMETERS),
    "parameters of more filters": of("pairs", PARAMETERS, filters="5"),
    "symbol of more filters": of("pairs", SYMBOL, filters="5"),
    "parameters of more words": of("pairs", PARAMETERS, n_ids=31),
    "parameters of more classes": of("pairs", PARAMETERS, n_classes=5),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_files_that_are_not_whole_are_refused(saved, damage):
    damage(saved)
    with pytest.raises(UserError) as error:
        Forward.load(saved, settings("pairs"))
    assert str(error.value) == (
        f"{SYMBOL} and {PARAMETERS} in {saved} cannot be read: they are damaged or do not belong together; "
        "deploy the whole model.tar.gz of one training job"
    )


@pytest.mark.parametrize("other", ["words", "workshop"])
def test_settings_of_another_network_are_refused(saved, other):
    with pytest.raises(UserError, match="do not belong together"):
        Forward.load(saved, settings(other))

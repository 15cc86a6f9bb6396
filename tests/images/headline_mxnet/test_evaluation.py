import json

from headline_mxnet import evaluation, train
from headline_mxnet.hyperparameters import FEW, NO_NETWORK, TABLE, defaults, suited
from smcontract.training.hosts.group import Group


def test_held_out_headlines_show_how_good_the_model_is(news):
    news.put("test", "sport,Striker scores\nscience,New planet\nbusiness,bank\nsport,telescope of striker\n")
    news.train()
    found = json.loads((news.paths.output_data / "quality.json").read_text())
    assert (found["channel"], found["records"], found["labels"]) == ("test", 4, ["business", "science", "sport"])
    assert [sum(row) for row in found["confusion"]] == [1, 1, 2]
    assert [each["name"] for each in found["baselines"]] == ["most frequent label", "logistic regression on the words"]
    assert found["baselines"][0]["accuracy"] == 0.25
    assert found["words"].keys() == {"business", "science", "sport"}
    assert set(found["words"]["business"]) <= {"bank", "striker", "scores", "new", "planet", "telescope"}
    lines = [json.loads(line) for line in (news.paths.output_data / "predictions.jsonl").read_text().splitlines()]
    assert [line["position"] for line in lines] == [f"data.csv line {n}" for n in (1, 2, 3, 4)]
    assert [line["text"] for line in lines][:2] == ["Striker scores", "New planet"]
    right = sum(line["label"] == line["predicted"] for line in lines)
    assert right / 4 == found["accuracy"] == json.loads((news.paths.model / "metrics.json").read_text())["latest"][
        "test:accuracy"
    ]  # fmt: skip


def test_an_epoch_chosen_by_the_records_is_warned_of(news):
    news.train(validation_fraction="0.25")
    found = json.loads((news.paths.output_data / "quality.json").read_text())
    assert (found["channel"], found["records"]) == ("validation", 12)
    assert evaluation.CHOSEN in found["warnings"]


def test_words_are_told_also_where_no_headline_has_a_known_one(news):
    news.put("test", "sport,???\n")
    news.train(epochs="1")
    words = json.loads((news.paths.output_data / "quality.json").read_text())["words"]
    assert words == {"business": [], "science": [], "sport": []}


MORE_PASSES = {"wide_epochs": 20, "epochs": 20, "batch_size": 64}


def recipe(**given):
    return TABLE.parse(given, defaults(TABLE.parse(given)))


def test_headlines_get_no_network_without_vectors(news, caplog):
    caplog.set_level("INFO")
    news.small_ones = lambda _: {}
    found = train.chosen(news.context(wide_dropout="0.1"), Group.alone())
    assert found == recipe(wide_dropout="0.1") | NO_NETWORK | {"min_count": 1, "wide_epochs": 20}
    assert caplog.messages == ["settings for 48 headlines of up to 7 words: wide_epochs=20, min_count=1"]
    assert not {"model-0000.params", "model-symbol.json"} & set(news.train().manifest.files)


def test_a_network_that_is_asked_for_gets_the_settings_that_suit_few_headlines(news):
    news.small_ones = lambda _: {}
    given = {"epochs": "7", "batch_size": "512"}
    for architecture in ("wide-and-deep", "cnn"):
        asked = given | {"architecture": architecture}
        others = {name: value for name, value in suited(48, 9, architecture, True, False).items() if name not in given}
        assert train.chosen(news.context(**asked), Group.alone()) == recipe(**asked) | others
        assert others.keys() >= {"learning_rate", "min_count", "embedding_dim", "filter_widths", "pair_buckets"}


def test_more_headlines_need_fewer_passes(news, monkeypatch):
    news.small_ones = lambda _: {}
    news.put("embeddings", "2 3\nplanet 1 2 3\ncup 4 5 6\n", name="vectors.txt")
    assert train.chosen(news.context(), Group.alone()) == recipe() | MORE_PASSES | {"min_count": 1}
    news.put("train", "".join(f"art,a picture {n}\n" for n in range(FEW - 49)), name="more.csv")
    assert train.chosen(news.context(), Group.alone()) == recipe() | MORE_PASSES | {"min_count": 1}
    news.channels.pop("embeddings")
    news.put("train", "art,one more\n", name="last.csv")
    assert train.chosen(news.context(), Group.alone()) == recipe() | NO_NETWORK | {"wide_epochs": 20}
    monkeypatch.setattr(train, "MANY", FEW)
    assert train.chosen(news.context(architecture="wide"), Group.alone())["wide_epochs"] == 20


def test_longer_texts_are_read_whole_unless_the_job_says_how_many_words(news):
    news.small_ones = lambda _: {}

    def length(**given):
        return train.chosen(news.context(**given), Group.alone())["max_length"]

    assert length() == 20
    news.put("train", "art," + "word " * 40 + "\n", name="one.csv")
    assert (length(), length(max_length="7")) == (40, 7)
    news.put("train", "art," + "word " * 150 + "\n", name="one.csv")
    assert length() == 100
    news.put("train", "art,a picture\n" * 60, name="more.csv")
    assert length() == 20  # one headline in a hundred does not count

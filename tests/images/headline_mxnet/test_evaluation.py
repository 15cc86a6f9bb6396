import json

from headline_mxnet import evaluation, train
from headline_mxnet.hyperparameters import FEW, TABLE, suited


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


def test_few_headlines_get_the_settings_that_suit_them(news, caplog):
    caplog.set_level("INFO")
    news.small_ones = lambda _: {}
    given = {"epochs": "7", "batch_size": "512"}
    settings = train.chosen(news.context(**given))
    others = {name: value for name, value in suited(48).items() if name not in given}
    assert settings == TABLE.parse(given) | others
    assert others.keys() == {"learning_rate", "min_count", "embedding_dim", "filter_widths", "pair_buckets"}
    assert caplog.messages == [
        "settings for few headlines, 48: learning_rate=0.01, min_count=1, embedding_dim=300, filter_widths=1, "
        "pair_buckets=16384"
    ]


def test_the_defaults_stay_for_many_headlines_and_for_given_vectors(news):
    news.small_ones = lambda _: {}
    news.put("embeddings", "2 3\nplanet 1 2 3\ncup 4 5 6\n", name="vectors.txt")
    assert train.chosen(news.context()) == TABLE.parse({})
    news.channels.pop("embeddings")
    news.put("train", "".join(f"art,a picture {n}\n" for n in range(FEW - 49)), name="more.csv")
    assert train.chosen(news.context())["epochs"] == 10
    news.put("train", "art,one more\n", name="last.csv")
    assert train.chosen(news.context()) == TABLE.parse({})

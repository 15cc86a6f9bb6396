"""`launch.py pipeline` against moto, where jobs complete at once: its steps, and how it is gone on with."""

import json

import pytest

from driver.data import getting


@pytest.fixture(autouse=True)
def sample_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(getting, "default_folder", lambda name: tmp_path / name)  # whatever data this machine has


@pytest.fixture
def sagemaker(local):
    return local.client("sagemaker")


def test_vectors_then_headlines_then_an_endpoint_and_again_nothing(launch, sagemaker):
    code, out, _ = launch("pipeline", "news", "--deploy")
    assert code == 0
    lines = out.splitlines()
    said = [line for line in lines if line.startswith(("training job", "endpoint"))]
    assert [line.partition(" on ")[0] for line in said] == [
        "training job news-vectors", "training job news-headlines", "endpoint news",
    ]  # fmt: skip
    assert lines[-1] == 'next: ./launch.py invoke news "a headline"'
    vectors = sagemaker.describe_training_job(TrainingJobName="news-vectors")
    headlines = sagemaker.describe_training_job(TrainingJobName="news-headlines")
    assert vectors["HyperParameters"]["mode"] == "skipgram"
    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in headlines["InputDataConfig"]
    }
    assert channels["embeddings"] == vectors["ModelArtifacts"]["S3ModelArtifacts"]
    assert "embedding_dim" not in headlines["HyperParameters"]  # the sample's own would not be that of the vectors
    code, again, _ = launch("pipeline", "news", "--deploy")
    assert code == 0
    assert [line for line in again.splitlines() if "already" in line] == [
        "training job news-vectors is already done",
        "training job news-headlines is already done",
        "endpoint news already exists",
    ]
    assert "uploading" not in again


def test_a_mistake_in_the_last_step_is_said_before_the_first_one_starts(launch, sagemaker):
    code, out, err = launch("pipeline", "news", "--set", "epochs=many")
    assert (code, out.count("uploading")) == (1, 0)
    assert "epochs" in err
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_json_alone_is_on_standard_output(launch):
    code, out, _ = launch("pipeline", "news", "--json", "--vectors", "blazingtext", "--vectors-set", "vector_dim=50")
    assert code == 0
    document = json.loads(out)
    assert (document["VectorsJobName"], document["TrainingJobName"]) == ("news-vectors", "news-headlines")
    assert document["TrainingJobStatus"] == "Completed"
    assert "EndpointName" not in document


def test_data_of_ones_own(launch, sagemaker, tmp_path):
    (tmp_path / "corpus.txt").write_text("a film\n")
    (tmp_path / "train.csv").write_text("arts,A film\nsport,A match\n")
    code, _, err = launch("pipeline", "news", "--corpus", "corpus.txt", "--train", "train.csv", "--test", "s3://texts/test/",
                        "--set", "epochs=2", "--prefix", "mine", "--instance-type", "ml.c5.xlarge")  # fmt: skip
    assert (code, err) == (0, "")
    headlines = sagemaker.describe_training_job(TrainingJobName="news-headlines")
    assert headlines["HyperParameters"] == {"epochs": "2"}
    assert headlines["ResourceConfig"]["InstanceType"] == "ml.c5.xlarge"
    assert [channel["ChannelName"] for channel in headlines["InputDataConfig"]] == ["train", "test", "embeddings"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("news", "--vectors-set", "epochs=9"),
            "news-vectors was run with other settings (epochs 2, now 9): give",
        ),
        (
            ("news", "--set", "epochs=9"),
            "news-headlines was run with other settings (epochs 3, now 9): give",
        ),
    ],
)
def test_what_is_there_is_not_taken_for_something_else(launch, arguments, sentence):
    launch("pipeline", "news")
    code, _, err = launch("pipeline", *arguments)
    assert (code, sentence in err) == (1, True)


def test_an_endpoint_of_another_model_is_left_alone(launch):
    launch("pipeline", "other")
    launch("deploy", "other-headlines", "--name", "news")
    code, _, err = launch("pipeline", "news", "--deploy")
    assert code == 1
    assert "the endpoint news serves another model: `./launch.py update news news-headlines` deploys this one" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("news", "--train", "x.csv"), "the pipeline needs data for both steps: give --corpus and --train"),
        (
            ("news", "--set", "embedding_dim=50"),
            "embedding_dim is set by the word vectors: leave it out, or give",
        ),
        (("news", "--checkpoint-uri", "s3://texts/c"), "--checkpoint-uri would apply to both jobs: use --checkpoints"),
        (("n" * 51,), "the pipeline cannot be called"),
        (("news", "--vectors", "word2vec"), 'no image called "word2vec" exists'),
        (("news", "--vectors-set", "mode=glove"), 'mode is "glove": expected one of'),
        (("news", "--corpus", "nowhere", "--train", "x"), "channel train: x does not exist"),
    ],
)
def test_bad_input_is_one_sentence(launch, sagemaker, arguments, sentence):
    code, _, err = launch("pipeline", *arguments)
    assert (code, sentence in err.splitlines()[-1]) == (1, True)
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []

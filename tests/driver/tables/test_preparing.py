"""What `train` and `tune` do with local files of labelled texts, before anything is sent: dry runs, and uploads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from textprep.records import read_csv, read_jsonlines

from driver.tables import preparing, reading
from tests.driver.tables.reviews import frame, reviews
from tests.images.xgboost_sentiment.conftest import Container

REVIEWS = reviews()
LINES = "".join(f'{label},"{text}"\n' for label, text in REVIEWS)
TRAIN = ("train", "xgboost-sentiment", "--dry-run", "--train")


def uploaded(out: str) -> list[str]:
    """The files of a dry run."""
    return [entry["file"] for entry in json.loads(out) if "file" in entry]


@pytest.mark.parametrize(
    ("name", "content", "flags"),
    [
        ("a.csv", LINES, ()),
        ("a.csv", "\ufeff" + LINES.replace("\n", "\r\n\n"), ()),
        ("a.csv", "label,text\n" + LINES, ("--content-type", "text/csv; header=present")),
        ("a.json", "".join(json.dumps({"label": one, "text": text, "id": 7}) + "\n" for one, text in REVIEWS), ()),
        ("a.csv", LINES.replace("pos", "1").replace("neg", "0"), ()),
        ("a.csv", LINES.replace("pos", "POS"), ()),
    ],
)
def test_what_the_image_reads_is_uploaded_as_it_is(run, name, content, flags):
    Path(name).write_text(content, newline="")
    code, out, err = run(*TRAIN, name, *flags)
    assert (code, uploaded(out)) == (0, [name]), err
    assert "imported" not in err


@pytest.mark.parametrize(
    ("name", "content", "flags"),
    [
        ("a.csv", "label,text\n" + LINES, ()),
        ("a.csv", "sentiment;review\n" + LINES.replace(',"', ';"'), ()),
        ("a.csv", LINES + "neutral,Neither this nor that\n", ("--drop", "neutral")),
        ("a.csv", LINES + "pos,\n", ("--skip-bad",)),
        ("a.txt", "".join(json.dumps({"label": one, "text": text}) + "\n" for one, text in REVIEWS), ()),
        ("a.csv", "text,label\n" + LINES, ("--text", "label", "--label", "text")),
    ],
)
def test_what_it_would_not_read_is_imported_first_and_it_is_said(run, name, content, flags):
    Path(name).write_text(content)
    code, out, err = run(*TRAIN, name, *flags)
    assert code == 0, err
    (file,) = uploaded(out)
    assert file.endswith("/train/a.csv")
    assert not Path(file).exists()
    assert f"train: {name} is " in err
    assert "train: imported 20 records" in err


def test_the_import_is_what_is_uploaded(launch, local):
    table = frame(label="stars")
    table.assign(stars=[1 if label == "neg" else 5 for label, _ in REVIEWS]).to_excel("a.xlsx", index=False)
    Path("b.csv").write_text("review\tstars\n" + "".join(f'"Well,\n{text}"\t1\n' for _, text in REVIEWS[:3]))
    code, _, err = launch("train", "xgboost-sentiment", "--train", "a.xlsx", "--validation", "b.csv", "--name", "stars",
                          "--map", "1=neg 5=pos", "--content-type", "text/csv")  # fmt: skip
    assert (code, err) == (0, "")
    s3 = local.client("s3")
    bucket, prefix = "sagemaker-us-east-1-123456789012", "launch/stars/input/"
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    assert keys == [f"{prefix}train/a.csv", f"{prefix}validation/b.jsonl"]
    for key in keys:
        s3.download_file(bucket, key, Path(key).name)
    assert [record[:2] for record in read_csv([Path("a.csv")])] == REVIEWS
    assert [record[:2] for record in read_jsonlines([Path("b.jsonl")])] == [
        ("neg", f"Well,\n{text}") for _, text in REVIEWS[:3]
    ]
    channels = local.client("sagemaker").describe_training_job(TrainingJobName="stars")["InputDataConfig"]
    assert [channel.get("ContentType") for channel in channels] == [None, None]


@pytest.mark.parametrize("flag", ["present", "absent"])
@pytest.mark.parametrize(
    "content", ["7,8\n" + LINES, "Unnamed: 7,qux\n" + "".join(f'"{text}",{label}\n' for label, text in REVIEWS)]
)
def test_a_first_row_that_the_image_would_refuse_is_trained_on_as_the_user_says(launch, local, tmp_path, content, flag):
    Path("a.csv").write_text(content)
    code, _, err = launch("train", "xgboost-sentiment", "--train", "a.csv", "--name", "odd")
    assert code == 1
    assert err.endswith(" --header present\n")
    code, _, err = launch("train", "xgboost-sentiment", "--train", "a.csv", "--name", "odd", "--header", flag)
    assert (code, err) == (0, "")
    s3, key = local.client("s3"), "launch/odd/input/train/a.csv"
    sent = s3.get_object(Bucket="sagemaker-us-east-1-123456789012", Key=key)["Body"].read()
    (channel,) = local.client("sagemaker").describe_training_job(TrainingJobName="odd")["InputDataConfig"]
    image = Container(tmp_path / "ml")
    image.put("train", sent, "a.csv", channel.get("ContentType"))
    labels = image.train(num_round="2").manifest.labels
    assert len(labels) == (2 if flag == "present" else 3)


def test_nothing_is_sent_when_it_is_refused(launch, local):
    Path("a.csv").write_text(LINES + "pos,\n")
    code, out, err = launch("train", "xgboost-sentiment", "--train", "a.csv")
    assert (code, out) == (1, "")
    assert err.endswith(" --skip-bad\n")
    assert local.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("train", "other", "sentence"),
    [
        (LINES, "neutral,A film\npos,Another film\n", "b.csv has labels that a.csv does not, neutral: correct them"),
        ("pos,A film of two hours\npos,Another film\n", None, "all 2 records of a.csv have the label pos: give texts"),
    ],
)  # fmt: skip
def test_labels_that_no_model_can_be_trained_on(run, train, other, sentence):
    Path("a.csv").write_text(train)
    Path("b.csv").write_text(other or "")
    code, _, err = run(
        "train", "headline-mxnet", "--dry-run", "--train", "a.csv", *(["--validation", "b.csv"] * bool(other))
    )
    assert code == 1
    assert sentence in err


def test_texts_of_training_in_the_validation_data_are_told(run):
    Path("a.csv").write_text(LINES)
    Path("b.csv").write_text(LINES.splitlines()[0].upper() + "\n" + 'neg,"A text of its own"\n')
    code, _, err = run(*TRAIN, "a.csv", "--validation", "b.csv")
    assert code == 0
    assert "validation: texts that are also in a.csv, so metrics on them are too good: 1" in err


@pytest.mark.parametrize("channels", [("train", "test"), ("train",)])
def test_a_folder_of_channels_is_no_channel(run, channels):
    for channel in channels:
        Path("all", channel).mkdir(parents=True)
        Path("all", channel, "a.csv").write_text(LINES)
    Path("all/import.json").write_text("{}")
    code, _, err = run(*TRAIN, "all")
    flags = " ".join(f"--{channel} all/{channel}" for channel in sorted(channels))
    assert code == 1
    assert err.endswith(f"name each of them: ./launch.py {' '.join(TRAIN[:-1])} {flags}\n")
    code, out, err = run(*TRAIN, "all", *flags.split())
    assert (code, uploaded(out)) == (0, [f"all/{channel}/a.csv" for channel in channels]), err


def test_without_pandas_nothing_is_checked_and_it_is_said(run, monkeypatch):
    Path("a.csv").write_text("pos,\n")
    monkeypatch.setattr(preparing, "find_spec", lambda name: None)
    code, out, err = run(*TRAIN, "a.csv")
    assert (code, uploaded(out)) == (0, ["a.csv"])
    assert "the data are not checked: pip install 'sagemaker-text-driver[tables]'" in err
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    assert "tables are read by pandas, which is not installed: pip install" in run("data", "check", "a.csv")[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ("xgboost-sentiment", "--set", "input=features"),
        ("blazingtext-client", "--set", "mode=skipgram"),
        ("headline-mxnet", "--set", "input=arrays"),
        ("--image", "other:1"),
    ],
)
def test_what_are_no_labelled_texts_is_not_looked_at(run, arguments):
    Path("a.csv").write_text("1,0.5,0.25\n")
    code, out, err = run("train", *arguments, "--train", "a.csv", "--dry-run")
    assert (code, uploaded(out)) == (0, ["a.csv"]), err


def test_blazingtext_gets_lines_of_label_and_words(run):
    frame(label="class").to_json("a.json", orient="records")
    code, out, err = run("train", "blazingtext-client", "--set", "mode=supervised", "--train", "a.json", "--dry-run")
    assert (code, uploaded(out)[0].endswith("/train/a.txt")) == (0, True), err
    assert run("data", "import", "a.json", "--to", "b", "--for", "blazingtext-client")[0] == 0
    lines = Path("b/train/a.txt").read_text().splitlines()
    assert lines[0] == "__label__pos film 0 has a wonderful story and the actors are wonderful"
    code, out, _ = run("train", "blazingtext-client", "--set", "mode=supervised", "--train", "b/train", "--dry-run")
    assert uploaded(out) == ["b/train/a.txt"]


def test_a_search_and_a_pipeline_do_the_same(run):
    frame().to_csv("a.csv")
    Path("corpus.txt").write_text("words of a corpus\n")
    for command in (("tune", "xgboost-sentiment"), ("pipeline", "news", "--corpus", "corpus.txt")):
        code, out, err = run(*command, "--train", "a.csv", "--dry-run")
        assert code == 0, err
        assert uploaded(out)[-1].endswith("/train/a.csv")
        assert "Unnamed: 0, sentiment, review; text: review, label: sentiment (by their names)" in err


def test_nothing_heavy_is_imported_before_there_is_a_table():
    code = "import sys; from driver import cli; cli.parser(); sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

import pytest
from blazingtext_client import corpus
from smcontract.errors import UserError


def words(read):
    return sorted(word for part in read.parts for word in part.path.read_text().split() if word != corpus.FILLER)


def test_files_are_read_as_one_and_no_word_is_changed(job, tmp_path):
    job.put("train", "A naïve\tfilm\r\n\r\n電影\u3000кино", name="1.txt")
    channel = job.put("train", b"\xef\xbb\xbfKino\0A", name="2.txt")
    read = corpus.read(channel, tmp_path, 1)
    assert read.parts[0].path.read_text() == "A naïve film\n電影 кино\nKino A\n"
    assert (read.tokens, read.lines, read.counts["A"]) == (7, 3, 2)


@pytest.mark.parametrize("end", ["", " ", "\n", " \n"])
@pytest.mark.parametrize("piece", [7, 1000, 1 << 20])
def test_one_line_of_any_length_is_broken_and_kept_whole(job, tmp_path, monkeypatch, end, piece):
    monkeypatch.setattr(corpus, "PIECE", piece)
    expected = [f"wört{n}" for n in range(2_500)]
    read = corpus.read(job.put("train", " ".join(expected) + end), tmp_path, 1)
    lines = read.parts[0].path.read_text().splitlines()
    assert " ".join(lines).split() == expected
    assert max(len(line.split()) for line in lines) <= corpus.LINE
    assert read.tokens == sum(read.counts.values()) == 2_500


def test_parts_share_a_corpus_evenly(job, tmp_path):
    text = "".join(f"{n} a b c\n" for n in range(30_000))
    read = corpus.read(job.put("train", text), tmp_path, 3)
    assert words(read) == sorted(text.split())
    assert [part.tokens for part in read.parts] == [40_000] * 3


def test_a_small_corpus_has_one_part(job, tmp_path):
    assert len(corpus.read(job.put("train", "a b\nc\n"), tmp_path, 4).parts) == 1


@pytest.mark.parametrize(
    ("content", "content_type", "sentence"),
    [
        (" \n\n", None, 'channel "train" holds no word'),
        ("", None, 'channel "train" holds no data'),
        (b"good\nb\xe4d\n", None, "data.txt: the bytes around 6 are not UTF-8"),
        (b"cut \xc3", None, "not UTF-8"),
        ("a", "application/x-recordio", "requires Pipe mode"),
    ],
)
def test_bad_text_is_refused(job, tmp_path, content, content_type, sentence):
    job.put("train", content, content_type=content_type)
    with pytest.raises(UserError, match=sentence):
        corpus.read(job.context().job.channel("train"), tmp_path, 2)


def test_a_file_without_white_space_is_refused(job, tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "PIECE", 10)
    monkeypatch.setattr(corpus, "LONGEST", 50)
    with pytest.raises(UserError, match="a word of more than 50 characters"):
        corpus.read(job.put("train", "x" * 200), tmp_path, 2)

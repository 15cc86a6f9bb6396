import threading

import numpy as np
import pytest
from blazingtext_client import corpus, parts
from smcontract.errors import UserError


def sentences(read, number=0):
    ids = np.fromfile(read.parts[number].path, np.int32)
    assert ids[-1] == parts.END
    ends = np.flatnonzero(ids == parts.END)
    return [[read.words[n] for n in one[one != parts.END]] for one in np.split(ids, ends + 1)[:-1]]


def test_files_are_read_as_one_and_no_word_is_changed(job, tmp_path):
    job.put("train", "A naïve\tfilm\r\n\r\n電影\u3000кино", name="1.txt")
    channel = job.put("train", b"\xef\xbb\xbfKino\0A", name="2.txt")
    read = corpus.read(channel, tmp_path, 1, threading.Event())
    assert sentences(read) == [["A", "naïve", "film"], ["電影", "кино"], ["Kino", "A"]]
    assert read.words == ["A", "naïve", "film", "電影", "кино", "Kino"]
    assert (read.tokens, read.counts.tolist()) == (7, [2, 1, 1, 1, 1, 1])


@pytest.mark.parametrize("end", ["", " ", "\n", " \n"])
@pytest.mark.parametrize("piece", [7, 1000, 1 << 20])
def test_one_line_of_any_length_is_broken_and_kept_whole(job, tmp_path, monkeypatch, end, piece):
    monkeypatch.setattr(corpus, "PIECE", piece)
    expected = [f"wört{n}" for n in range(2_500)]
    read = corpus.read(job.put("train", " ".join(expected) + end), tmp_path, 1, threading.Event())
    assert [word for sentence in sentences(read) for word in sentence] == expected
    assert max(map(len, sentences(read))) <= corpus.LINE
    assert read.tokens == read.counts.sum() == 2_500


@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_only_a_line_and_its_length_end_a_sentence(job, tmp_path, monkeypatch, piece):
    monkeypatch.setattr(corpus, "PIECE", piece)
    monkeypatch.setattr(corpus, "LINE", 3)
    text = "\n\na\nb c d\n \n" + "e f g h i j\n" + "k l m n"
    read = corpus.read(job.put("train", text), tmp_path, 1, threading.Event())
    assert [" ".join(words) for words in sentences(read)] == ["a", "b c d", "e f g", "h i j", "k l m", "n"]


def test_parts_share_a_corpus_evenly(job, tmp_path):
    text = "".join(f"{n} a b c\n" for n in range(30_000))
    read = corpus.read(job.put("train", text), tmp_path, 3, threading.Event())
    dealt = [line for number in range(3) for line in sentences(read, number)]
    assert sorted(dealt) == sorted(line.split() for line in text.splitlines())
    assert [part.tokens for part in read.parts] == [40_000] * 3
    assert read.counts[read.words.index("a")] == 30_000


@pytest.mark.parametrize("lengths", [[1] * 25_000, [999] * 30, [3, 999, 1, 500] * 20, [9_999]])
def test_chunks_are_whole_sentences_and_together_the_file(job, tmp_path, lengths):
    text = "".join(" ".join(f"w{n % 7}" for n in range(length)) + "\n" for length in lengths)
    (part,) = corpus.read(job.put("train", text), tmp_path, 1, threading.Event()).parts
    chunks = list(part.chunks())
    assert np.array_equal(np.concatenate(chunks), np.fromfile(part.path, np.int32))
    assert all(chunk[-1] == parts.END for chunk in chunks)
    assert max(map(len, chunks)) <= parts.CHUNK


def test_a_small_corpus_has_one_part(job, tmp_path):
    assert len(corpus.read(job.put("train", "a b\nc\n"), tmp_path, 4, threading.Event()).parts) == 1


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
        corpus.read(job.context().job.channel("train"), tmp_path, 2, threading.Event())


def test_a_file_without_white_space_is_refused(job, tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "PIECE", 10)
    monkeypatch.setattr(corpus, "LONGEST", 50)
    with pytest.raises(UserError, match="a word of more than 50 characters"):
        corpus.read(job.put("train", "x" * 200), tmp_path, 2, threading.Event())


def test_reading_stops_before_its_end(job, tmp_path):
    stop = threading.Event()
    stop.set()
    with pytest.raises(corpus.Stopped):
        corpus.read(job.put("train", "a b c\n"), tmp_path, 1, stop)

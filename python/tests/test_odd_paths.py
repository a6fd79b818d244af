"""Paths that are not UTF-8."""

import os
import pickle
import shutil

import pytest

import genrenet

MODEL = genrenet.load()


@pytest.fixture
def odd(tmp_path, song):
    """A recording and a text file whose names are not UTF-8."""
    raw = os.fsencode(str(tmp_path))
    paths = [raw + b"/caf\xe9.ogg", raw + b"/caf\xe9.txt"]
    try:
        shutil.copy(song, paths[0])
        with open(paths[1], "wb") as file:
            file.write(b"only letters")
    except OSError:
        pytest.skip("this system has no such names")
    return [os.fsdecode(path) for path in paths]


def test_results_have_the_path_that_was_given(odd):
    song, text = odd
    result = MODEL.classify(song)
    assert result.path == song and result.to_dict()["path_bytes"].endswith("caf%E9.ogg")
    for answer, path in zip(MODEL.classify_many(odd), odd):
        assert answer.path == path and os.path.exists(answer.path)


def test_exceptions_have_a_path_that_can_be_opened(odd):
    _, text = odd
    with pytest.raises(genrenet.SoundError) as caught:
        MODEL.classify(text)
    errors = [caught.value, pickle.loads(pickle.dumps(caught.value))]
    errors += [answer.error for answer in MODEL.classify_many([text])]
    for error in errors:
        assert error.path == text and os.path.exists(error.path)
        # It can be printed all the same.
        assert str(error).encode("utf-8").decode().split(":")[0].endswith(r"caf\xE9.txt")


def test_a_table_shows_the_bytes(odd):
    pa = pytest.importorskip("pyarrow")
    paths = pa.table(MODEL.classify_batch(odd)).column("path").to_pylist()
    assert paths == [path.replace("\udce9", r"\xE9") for path in odd]


def test_files_that_are_left_out_can_be_opened(odd, library, tmp_path):
    folder = tmp_path / "genres"
    shutil.copytree(library, folder)
    broken = os.fsencode(str(folder)) + b"/Tones/caf\xe9.wav"
    with open(broken, "wb") as file:
        file.write(b"no music")
    run = genrenet.train(folder, tmp_path / "run", learner="head")
    assert [path for path, _ in run.left_out] == [os.fsdecode(broken)]

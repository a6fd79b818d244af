"""Many sounds: order, errors, laziness, tables."""

import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import genrenet

MODEL = genrenet.load()


def test_answers_come_in_order_and_errors_stop_nothing(songs):
    paths = [songs[0], "missing.mp3", songs[1], songs[2], "missing too.mp3", songs[3]]
    for threads in (1, 3):
        answers = list(MODEL.classify_many(iter(paths), threads=threads))
        assert [answer.path for answer in answers] == paths
        failed = [answer.path for answer in answers if answer.error is not None]
        assert failed == ["missing.mp3", "missing too.mp3"]
        one = MODEL.classify(songs[1])
        assert answers[2].song == one
        assert answers[2].to_dict() == one.to_dict()
        assert answers[1].to_dict()["error"] and answers[1].to_dict()["schema"] == 1


def test_sounds_are_taken_as_they_are_needed():
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield "missing.mp3"

    answers = MODEL.classify_many(endless(), threads=2)
    for _ in range(100):
        next(answers)
    assert taken <= 100 + 2 * 16


def test_a_batch_is_a_table(songs):
    pa = pytest.importorskip("pyarrow")
    table = MODEL.classify_batch([*songs, "missing.mp3", b"text"], embedding=True)
    arrow = pa.table(table)
    assert arrow.num_rows == len(table) == len(songs) + 2
    assert arrow.column_names == table.column_names
    rows = arrow.to_pylist()
    for path, row in zip(songs, rows):
        song = MODEL.classify(path)
        assert (row["path"], row["genre"], row["unsure"]) == (path, song.genre, song.unsure)
        assert row["error"] is None and row["seconds"] > 0
        assert row[song.genre] == pytest.approx(song.probability, abs=1e-7)
        assert np.array_equal(row["embedding"], MODEL.embed(path))
    assert rows[-2]["error"] and rows[-2]["genre"] is None and rows[-2]["embedding"] is None
    assert rows[-1]["path"] is None and "text is not supported" in rows[-1]["error"]
    empty = pa.table(MODEL.classify_batch([]))
    assert empty.schema == arrow.schema.remove(len(arrow.schema) - 1)
    assert pa.schema(table) == arrow.schema


def test_other_libraries_take_the_table():
    table = MODEL.classify_batch(["missing.mp3"])
    polars = pytest.importorskip("polars")
    assert polars.DataFrame(table).shape == (1, len(table.column_names))
    pandas = pytest.importorskip("pandas")
    assert list(pandas.DataFrame.from_arrow(table).columns) == table.column_names


def test_threads_of_python_share_a_model(songs):
    expected = [MODEL.classify(path).genres for path in songs]
    found = [None] * len(songs)

    def work(i):
        found[i] = MODEL.classify(songs[i]).genres

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(songs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


ENDLESS = """
import genrenet, itertools, sys
model = genrenet.load()
try:
    print("ready", flush=True)
    for answer in model.classify_many(itertools.repeat(sys.argv[1])):
        pass
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_it(song):
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, song], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert rest == "stopped\n" and process.returncode == 0

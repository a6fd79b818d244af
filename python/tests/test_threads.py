"""Threads: how many are taken, started and left behind; exceptions on the way."""

import itertools
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import genrenet

MODEL = genrenet.load()
TONE = ((0.3 * np.sin(np.arange(3 * 22_050) * 0.05)).astype("float32"), 22_050)


def threads_of_process():
    tasks = pathlib.Path("/proc/self/task")
    if not tasks.is_dir():
        pytest.skip("this system does not list the threads of a process")
    return len(list(tasks.iterdir()))


@pytest.mark.parametrize("threads", [0, -1, 1025, 10**6, 2**64, 1.5, "2", True, False], ids=repr)
def test_a_number_of_threads_that_is_none_is_refused_at_once(threads):
    for start in (MODEL.classify_many, MODEL.classify_batch):
        with pytest.raises(genrenet.InputError, match="from 1 to 1024, or None for all cores") as caught:
            start([], threads=threads)
        assert f"threads = {threads!r}" in str(caught.value)


def test_whole_numbers_of_numpy_are_taken():
    assert list(MODEL.classify_many([], threads=np.int64(2))) == []


def test_no_more_threads_than_sounds_are_started():
    MODEL.classify(TONE)
    before = threads_of_process()
    answers = MODEL.classify_many([TONE, TONE], threads=1024)
    next(answers)
    assert threads_of_process() <= before + 2
    assert next(answers).song is not None


def test_what_is_not_asked_for_is_not_done():
    """Dropping the iterator waits for nothing and leaves no thread."""
    MODEL.classify(TONE)
    before = threads_of_process()
    answers = MODEL.classify_many(itertools.repeat(TONE), threads=2)
    next(answers)
    del answers
    until = time.monotonic() + 60
    while threads_of_process() > before and time.monotonic() < until:
        time.sleep(0.05)
    assert threads_of_process() <= before


def test_an_exception_of_the_iterable_comes_after_the_answers_before_it():
    def broken():
        yield from ["a.mp3", "b.mp3", "c.mp3"]
        raise KeyError("list")

    answers = MODEL.classify_many(broken(), threads=2)
    assert [next(answers).path for _ in range(3)] == ["a.mp3", "b.mp3", "c.mp3"]
    with pytest.raises(KeyError):
        next(answers)
    assert list(answers) == []
    with pytest.raises(KeyError):
        MODEL.classify_batch(broken())


def test_ctrl_c_in_the_iterable_comes_through_at_once():
    def stopped():
        yield "a.mp3"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(MODEL.classify_many(stopped()))


@pytest.mark.parametrize(
    "sounds", ["song.mp3", b"abc", bytearray(b"abc"), memoryview(b"abc")], ids=lambda x: type(x).__name__
)
def test_a_single_sound_is_not_taken_apart(sounds):
    for start in (MODEL.classify_many, MODEL.classify_batch):
        with pytest.raises(genrenet.InputError, match="found (a single string|the bytes of a single one)"):
            start(sounds)


def test_a_single_path_is_not_taken_apart(tmp_path):
    with pytest.raises(genrenet.InputError, match="found a single path"):
        MODEL.classify_many(tmp_path)


PLAN = """
import genrenet, sys
try:
    print("ready", flush=True)
    genrenet.tags.plan([sys.argv[1]] * 200_000, mode="replace")
except KeyboardInterrupt:
    print("stopped", flush=True)
"""

TRAIN = """
import genrenet, sys
settings = {"train.epochs": 1000, "train.batch": 4}
shown = lambda report: report["epoch"] == 1 and print("ready", flush=True)
try:
    genrenet.train(sys.argv[1], sys.argv[2], learner="network", split_by="random", settings=settings, on_epoch=shown)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("script", [PLAN, TRAIN], ids=["plan", "train"])
def test_ctrl_c_ends_long_work(script, song, library, tmp_path):
    arguments = [song] if script is PLAN else [str(library), str(tmp_path / "run")]
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=120)
    assert rest == "stopped\n" and process.returncode == 0

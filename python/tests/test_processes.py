"""Pickles, forks, pools of processes."""

import multiprocessing
import os
import pickle
import sys

import pytest

import genrenet

MODEL = genrenet.load()


def genre_of(path):
    return MODEL.classify(path).genre


def genre_with(job):
    model, path = job
    return model.classify(path).genre


def test_a_model_is_pickled_without_its_weights(song):
    expected = MODEL.classify(song)
    data = pickle.dumps(MODEL)
    assert len(data) < 1000
    assert pickle.loads(data).classify(song) == expected
    assert pickle.loads(pickle.dumps(expected)) == expected


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pools_of_processes(method, songs):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system can't {method}")
    expected = [genre_of(path) for path in songs]  # loaded before the fork
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        found = pool.map_async(genre_with, [(MODEL, path) for path in songs])
        assert found.get(timeout=300) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
def test_a_fork_while_answers_are_computed(songs):
    answers = MODEL.classify_many(songs * 5, threads=2)
    next(answers)
    child = os.fork()
    if child == 0:
        try:
            refused = False
            try:
                next(answers)
            except genrenet.Error as error:
                refused = "forked" in str(error)
            same = list(MODEL.classify_many(songs, threads=2))
            os._exit(0 if refused and len(same) == len(songs) else 1)
        except BaseException:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert len(list(answers)) == 5 * len(songs) - 1


def test_import_is_light():
    import subprocess

    heavy = "pyarrow pandas polars sklearn librosa".split()
    code = f"import sys, genrenet; print([m for m in {heavy!r} if m in sys.modules])"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout == "[]\n" and out.stderr == ""

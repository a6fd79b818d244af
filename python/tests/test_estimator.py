"""The estimator with scikit-learn's interface."""

import os
import pathlib
import pickle
import random
import shutil
import warnings

import numpy as np
import pytest

import genrenet
from conftest import samples_of, write_wav

selection = pytest.importorskip("sklearn.model_selection", reason="scikit-learn is not installed")


@pytest.fixture(scope="module")
def songs_of_two(library):
    """Paths and their labels."""
    paths = sorted(str(path) for path in library.glob("*/*.wav"))
    return paths, [pathlib.Path(path).parent.name for path in paths]


def test_the_estimator_has_the_manners_of_scikit_learn(library):
    base = pytest.importorskip("sklearn.base")
    paths = sorted(str(path) for path in library.glob("*/*.wav"))
    labels = [pathlib.Path(path).parent.name for path in paths]
    groups = [int(pathlib.Path(path).stem) for path in paths]
    classifier = genrenet.GenreClassifier(threads=1)
    assert base.clone(classifier).get_params() == {"threads": 1}
    scores = selection.cross_val_score(
        classifier, paths, labels, groups=groups, cv=selection.GroupKFold(3)
    )
    assert scores.shape == (3,) and scores.mean() > 0.8
    fitted = classifier.fit(paths, labels, groups=groups)
    assert list(fitted.classes_) == ["Bursts", "Tones"]
    chances = fitted.predict_proba(np.array(paths))
    assert chances.shape == (12, 2) and np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(paths), chances)
    # Labels of another kind come back as they were given.
    numbers = genrenet.GenreClassifier().fit(paths, [len(label) for label in labels])
    assert set(numbers.predict(paths)) <= {5, 6}
    for wrong in (["a"], ["a"] * 12):
        with pytest.raises(ValueError):
            classifier.fit(paths, wrong)
    with pytest.raises(genrenet.SoundError, match="missing"):
        fitted.predict(["missing.mp3"])


LABELS = [
    (" a ", "a"),
    ("", "Rock"),
    ("two\nlines", "nul\0"),
    ("a,b;c", '"quoted"'),
    ("Rock", "rock"),
    ("\N{NO-BREAK SPACE}x", "é"),
    (True, False),
    (-1.5, 2.0),
    (np.datetime64("2020"), np.datetime64("2021")),
]


@pytest.mark.parametrize("pair", LABELS, ids=repr)
def test_labels_come_back_as_they_were_given(songs_of_two, pair):
    paths, genres = songs_of_two
    labels = [pair[genre == "Tones"] for genre in genres]
    classifier = genrenet.GenreClassifier().fit(paths, labels)
    assert set(classifier.classes_.tolist()) == set(np.asarray(pair).tolist())
    found = classifier.predict(paths)
    assert found.tolist() == np.asarray(labels).tolist()


@pytest.mark.parametrize("missing", [None, float("nan"), np.datetime64("NaT")], ids=repr)
def test_missing_labels_are_refused(songs_of_two, missing):
    paths, labels = songs_of_two
    with pytest.raises(genrenet.InputError, match="at position 3"):
        genrenet.GenreClassifier().fit(paths, [*labels[:3], missing, *labels[4:]])


def test_labels_of_several_kinds_are_refused(songs_of_two):
    paths, labels = songs_of_two
    for mixed in (np.array([1, *labels[1:]], dtype=object), np.array([1, "1"] * 6, dtype=object)):
        with pytest.raises(ValueError, match="expected labels"):
            genrenet.GenreClassifier().fit(paths, mixed)


def test_files_that_are_not_there_are_warned_of(songs_of_two, tmp_path):
    paths, labels = songs_of_two
    text = tmp_path / "text.wav"
    text.write_text("no music")
    missing = tmp_path / "missing.wav"
    with pytest.warns(UserWarning) as warned:
        genrenet.GenreClassifier().fit([*paths, str(text), missing], [*labels, "Tones", "Tones"])
    texts = [str(one.message) for one in warned]
    assert any(text.startswith(f"{missing} is left out: it does not exist") for text in texts)
    assert any("text.wav is left out" in text for text in texts)


def test_copies_with_different_labels_are_warned_of(songs_of_two, tmp_path):
    paths, labels = songs_of_two
    copy = tmp_path / "copy.wav"
    shutil.copy(paths[0], copy)
    other = next(label for label in labels if label != labels[0])
    with pytest.warns(UserWarning, match="in several genres, and left out") as warned:
        genrenet.GenreClassifier().fit([*paths, copy], [*labels, other])
    assert str(copy) in str(warned[0].message)


def test_nothing_is_warned_of_songs_that_are_learned(songs_of_two):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        genrenet.GenreClassifier().fit(*songs_of_two)


@pytest.mark.parametrize("name", [b"caf\xe9.wav", b"space.wav "], ids=repr)
def test_a_path_that_a_table_cannot_hold_is_named(songs_of_two, tmp_path, name):
    paths, labels = songs_of_two
    raw = os.fsencode(str(tmp_path)) + b"/" + name
    try:
        shutil.copy(paths[0], raw)
    except OSError:
        pytest.skip("this system has no such names")
    with pytest.raises(genrenet.InputError, match="expected a path") as caught:
        genrenet.GenreClassifier().fit([*paths[1:], os.fsdecode(raw)], [*labels[1:], labels[0]])
    assert repr(os.fsdecode(raw)) in str(caught.value)


def test_names_with_a_line_break_are_learned(songs_of_two, tmp_path):
    paths, labels = songs_of_two
    odd = tmp_path / 'two\nlines, "quoted".wav'
    try:
        shutil.copy(paths[0], odd)
    except OSError:
        pytest.skip("this system has no such names")
    fitted = genrenet.GenreClassifier().fit([odd, *paths[1:]], labels)
    assert fitted.predict([odd]).tolist() == labels[:1]


def test_an_estimator_that_is_not_fitted_says_so(song):
    exceptions = pytest.importorskip("sklearn.exceptions")
    for method in ("predict", "predict_proba"):
        with pytest.raises(exceptions.NotFittedError):
            getattr(genrenet.GenreClassifier(), method)([song])


@pytest.mark.parametrize("threads", [-1, 0, 1.5, True], ids=repr)
def test_threads_that_are_none_are_refused(songs_of_two, threads):
    with pytest.raises(genrenet.InputError, match="None for all cores"):
        genrenet.GenreClassifier(threads=threads).fit(*songs_of_two)


def test_its_model_is_used_where_models_are(songs_of_two, tmp_path):
    model = genrenet.GenreClassifier().fit(*songs_of_two).model_
    for genre in ("Tones", "Bursts"):
        (tmp_path / genre).mkdir()
        for number in range(2):
            write_wav(tmp_path / genre / f"{number}.wav", samples_of(genre, random.Random(number)))
    for one in (model, pickle.loads(pickle.dumps(model))):
        assert "Bursts, Tones" in repr(one)
        assert genrenet.evaluate(one, tmp_path).n == 4
        plan = genrenet.tags.plan([tmp_path], model=one, mode="replace")
        assert len(plan.entries) == 4 and not plan.failed

"""Own genres: training, evaluation, the estimator, tags."""

import pathlib
import pickle
import shutil

import numpy as np
import pytest

import genrenet
from conftest import EXAMPLES


@pytest.fixture(scope="module")
def trained(library, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "head"
    return genrenet.train(library, out, learner="head")


def test_a_head_learns_a_folder(trained, library):
    assert sorted(trained.genres) == ["Bursts", "Tones"]
    assert trained.expected and trained.history == ()
    song = trained.model.classify(str(library / "Tones" / "0.wav"))
    assert song.genre == "Tones"
    assert trained.to_dict()["folder"] == trained.folder


def test_learned_rows_are_not_measured(trained, library):
    with pytest.raises(genrenet.DataError, match="validation"):
        genrenet.evaluate(trained.folder, library, on="validation")
    with pytest.raises(genrenet.DataError, match="where its data are"):
        genrenet.evaluate("wide")
    figures = genrenet.evaluate(trained.folder, library, on="training")
    assert figures.n == 12 and figures.top1 == 1.0
    assert sum(map(sum, figures.confusion)) == 12
    assert figures.to_dict()["top1"] == 1.0


def test_a_network_reports_its_epochs_and_can_be_stopped(library, tmp_path):
    settings = {"train.epochs": 2, "train.batch": 4}
    epochs = []
    run = genrenet.train(
        library,
        tmp_path / "run",
        learner="network",
        split_by="random",
        settings=settings,
        on_epoch=epochs.append,
    )
    assert [report["epoch"] for report in epochs] == [1, 2]
    assert [report["epoch"] for report in run.history] == [1, 2]

    def stop(report):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        genrenet.train(
            library,
            tmp_path / "stopped",
            learner="network",
            split_by="random",
            settings=settings,
            on_epoch=stop,
        )


def test_what_cannot_be_trained_is_refused(library, tmp_path):
    for arguments, says in [
        ({"what": tmp_path / "nothing"}, "nothing"),
        ({"what": library, "settings": {"train.nonsense": 1}}, "nonsense"),
        ({"what": library, "learner": "forest"}, "forest"),
        ({"what": library, "split_by": "moon"}, "moon"),
    ]:
        with pytest.raises(genrenet.Error, match=says):
            genrenet.train(out=tmp_path / "out", **arguments)
    assert not (tmp_path / "out").exists()


def test_the_estimator_has_the_manners_of_scikit_learn(library):
    selection = pytest.importorskip("sklearn.model_selection")
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


def test_tags_are_planned_written_and_taken_back(tmp_path):
    song = tmp_path / "song.ogg"
    shutil.copy(EXAMPLES / "lets_go_fishin.ogg", song)
    (tmp_path / "broken.mp3").write_bytes(b"no music")
    before = song.read_bytes()
    plan = genrenet.tags.plan([tmp_path], mode="replace", most=2, keep_old_in="OLDGENRE")
    assert [pathlib.Path(entry.path).name for entry in plan.entries] == ["song.ogg"]
    assert plan.entries[0].new and plan.failed[0].path.endswith("broken.mp3")
    assert song.read_bytes() == before
    plan.save(tmp_path / "plan.jsonl")
    again = genrenet.tags.Plan.read(tmp_path / "plan.jsonl")
    assert again.entries == plan.entries
    done = again.apply(journal=tmp_path / "journal")
    assert done.written == (str(song),) and not done.failed
    assert song.read_bytes() != before
    back = genrenet.tags.undo(done.journal)
    assert back.restored == (str(song),) and song.read_bytes() == before
    with pytest.raises(genrenet.InputError, match="mode"):
        genrenet.tags.plan([tmp_path], mode="all")
    with pytest.raises(genrenet.TagError) as caught:
        genrenet.tags.undo(tmp_path / "no journal")
    assert caught.value.kind == "io" and caught.value.path.endswith("no journal")

"""Own genres: training, evaluation, the estimator, tags."""

import pytest

import genrenet


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


def test_files_of_a_manifest_that_are_not_there_are_listed(library, tmp_path):
    table = tmp_path / "songs.csv"
    rows = [f"{path},{path.parent.name}" for path in sorted(library.glob("*/*.wav"))]
    rows += [f"{tmp_path / 'missing.wav'},Tones", f"{tmp_path},Tones"]
    (tmp_path / "text.wav").write_text("no music")
    rows += [f"{tmp_path / 'text.wav'},Tones"]
    table.write_text("\n".join(["path,genre", *rows]), encoding="utf-8")
    run = genrenet.train(table, tmp_path / "run", learner="head")
    left_out = dict(run.left_out)
    assert left_out.pop(str(tmp_path / "missing.wav")) == "it does not exist"
    assert left_out.pop(str(tmp_path)) == "it is no regular file"
    assert list(left_out) == [str(tmp_path / "text.wav")]
    assert run.to_dict()["left_out"] == list(run.left_out)
    figures = genrenet.evaluate(run.model, table, on="training")
    assert {path for path, _ in figures.to_dict()["left_out"]} == {path for path, _ in run.left_out}


def test_a_model_is_used_as_it_is_and_not_looked_up(trained, library, tmp_path, monkeypatch):
    simple = genrenet.load(taxonomy="simple")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wide").mkdir()  # a folder of a model's name is not that model
    plan = genrenet.tags.plan([library / "Tones"], model=simple)
    assert len(plan.entries) == 6
    with pytest.raises(genrenet.DataError, match="where its data are"):
        genrenet.evaluate(genrenet.load())
    by_path = genrenet.evaluate(trained.folder, library, on="training")
    assert genrenet.evaluate(trained.model, library, on="training") == by_path

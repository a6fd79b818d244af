"""Plans of tags: arguments, names of files, the way through apply, read and undo."""

import os
import pathlib
import shutil

import pytest

import genrenet
from conftest import EXAMPLES


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


NAMES = [b"next\xc2\x85line", b"line\xe2\x80\xa8separator", b"paragraph\xe2\x80\xa9separator", b"form\x0cfeed", b"caf\xe9", b"two\nlines"]


def test_any_name_of_a_file_goes_all_the_way(tmp_path):
    files = []
    for name in NAMES:
        raw = os.fsencode(str(tmp_path)) + b"/" + name + b".ogg"
        try:
            shutil.copy(EXAMPLES / "lets_go_fishin.ogg", raw)
        except OSError:
            continue  # this system has no such names
        files.append(os.fsdecode(raw))
    before = [pathlib.Path(file).read_bytes() for file in files]
    plan = genrenet.tags.plan([tmp_path], mode="replace")
    assert {entry.path for entry in plan.entries} == set(files) and not plan.failed
    plan.save(tmp_path / "plan.jsonl")
    again = genrenet.tags.Plan.read(tmp_path / "plan.jsonl")
    assert again.entries == plan.entries
    done = again.apply(journal=tmp_path / "journal")
    assert set(done.written) == set(files) and not done.failed
    back = genrenet.tags.undo(tmp_path / "journal")
    assert set(back.restored) == set(files) and not back.failed
    assert [pathlib.Path(file).read_bytes() for file in files] == before


@pytest.mark.parametrize("paths", ["a.mp3", b"a.mp3", pathlib.Path("a.mp3")], ids=repr)
def test_a_single_path_is_not_taken_apart(paths):
    with pytest.raises(genrenet.InputError, match="found a single one"):
        genrenet.tags.plan(paths)


def test_what_is_no_path_is_named():
    with pytest.raises(genrenet.InputError, match="found 7"):
        genrenet.tags.plan([7])


@pytest.mark.parametrize(
    "argument",
    [{"most": -1}, {"most": 0}, {"most": 256}, {"most": True}, {"most": 1.5}]
    + [{"min_ratio": value} for value in (-1, 1.5, float("nan"), "half", None)],
    ids=str,
)
def test_rules_that_are_none_are_named(tmp_path, argument):
    (name, value), = argument.items()
    with pytest.raises(genrenet.InputError, match=f"{name} = "):
        genrenet.tags.plan([tmp_path], **argument)

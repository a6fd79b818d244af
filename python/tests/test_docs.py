"""What the documentation shows is what happens."""

import doctest
import pathlib
import re
import shutil

import pytest

import genrenet
from conftest import EXAMPLES

README = pathlib.Path(__file__).parents[1] / "README.md"


def test_the_example_of_the_package(monkeypatch):
    """With its recording, beside which the other tests do not run."""
    monkeypatch.chdir(EXAMPLES)
    test = doctest.DocTestParser().get_doctest(genrenet.__doc__, {}, "genrenet", None, 0)
    assert len(test.examples) >= 4
    for example in test.examples:
        example.options.pop(doctest.SKIP, None)
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S))
def test_the_examples_of_the_readme(block, tmp_path, monkeypatch, capsys):
    shutil.copy(EXAMPLES / "slow_motion_dream.mp3", tmp_path / "song.mp3")
    (tmp_path / "music").mkdir()
    shutil.copy(EXAMPLES / "lets_go_fishin.ogg", tmp_path / "music")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(README), "exec"), {})
    assert "lets_go_fishin.ogg Country" in capsys.readouterr().out

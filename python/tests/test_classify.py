"""One sound: every way to give it, the result, embeddings."""

import io
import json
import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest

import genrenet

MODEL = genrenet.load()


def test_a_path_bytes_and_a_file_object_give_the_same(song):
    expected = MODEL.classify(song)
    data = pathlib.Path(song).read_bytes()
    with open(song, "rb") as file:
        file.seek(1000)  # it is read from its beginning all the same
        from_file = MODEL.classify(file)
    for other in (
        MODEL.classify(pathlib.Path(song)),
        MODEL.classify(data),
        MODEL.classify(bytearray(data)),
        MODEL.classify(memoryview(data)),
        MODEL.classify(io.BytesIO(data)),
        from_file,
    ):
        assert other.genres == expected.genres
        assert other.seconds == expected.seconds
    assert expected.path == song
    assert from_file.path is None


class Handle:
    """A file object as some engines have them: `closed` is a method, and nothing says that it can seek."""

    def __init__(self, data):
        self.read, self.seek = (file := io.BytesIO(data)).read, file.seek

    def closed(self):
        return False


def test_file_objects_of_other_kinds(song):
    data = pathlib.Path(song).read_bytes()
    assert MODEL.classify(Handle(data)).genres == MODEL.classify(data).genres


def test_channels_come_first_and_are_averaged():
    rng = np.random.default_rng(1)
    stereo = rng.uniform(-0.5, 0.5, (2, 5 * 22_050)).astype("float32")
    expected = MODEL.classify((stereo.mean(axis=0), 22_050))
    for samples in (stereo, stereo.astype("float64"), np.asfortranarray(stereo)):
        song = MODEL.classify((samples, 22_050))
        found = [genre.probability for genre in song.genres]
        wanted = [genre.probability for genre in expected.genres]
        assert np.allclose(found, wanted, atol=1e-5)
        assert song.seconds == 5.0


def test_the_result_is_what_the_program_prints(song):
    program = os.environ.get("GENRENET_PROGRAM") or shutil.which("genrenet")
    result = MODEL.classify(song)
    values = result.to_dict()
    assert values["schema"] == 1 and values["path"] == song
    assert json.loads(json.dumps(values)) == values
    assert [genre["genre"] for genre in values["genres"]] == [g.genre for g in result.genres]
    assert result.genre == result.genres[0].genre
    if program is None:
        pytest.skip("the program is not compared: GENRENET_PROGRAM is not set")
    printed = subprocess.run(
        [program, "classify", "--json", song], capture_output=True, check=True
    )
    assert json.loads(printed.stdout) == values


def test_embeddings_and_taxonomies(song):
    vector = MODEL.embed(song)
    assert vector.dtype == np.float32 and vector.shape == (50,)
    assert vector.flags.owndata or vector.base is not None
    simple = genrenet.load(taxonomy="simple")
    assert len(simple.genres) == 10
    assert simple.classify(song).taxonomy == "simple"
    assert np.array_equal(simple.embed(song), vector)


def test_models_are_described():
    assert MODEL.name == "wide" and MODEL.version
    assert MODEL.parents["Punk"] == "Rock"
    assert "instrumental" in MODEL.attributes and MODEL.license
    assert repr(MODEL) == "genrenet.load('wide')"
    with pytest.raises(genrenet.ModelError, match="nonsense"):
        genrenet.load("nonsense")

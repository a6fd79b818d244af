"""`beet genrenet` over songs that are in the library."""

import genrenet
import pytest

SURE = "lets_go_fishin.ogg"
UNSURE = "slow_motion_dream.mp3"


@pytest.fixture
def library(beets):
    """A library whose songs were imported without the plugin."""
    beets.configure(auto=False)
    beets.add(SURE, album="One")
    beets.add(UNSURE, album="Two")
    beets.add("vibe_ace.m4a", "tagged.m4a", album="Three", genres=["Lounge"])
    beets.imported("-A")
    return beets


def test_songs_of_a_query_get_the_genre_that_the_model_says(library):
    library.run("genrenet", "album:One")
    [(name, genres)] = library.genres("album:One").items()
    song = genrenet.load().classify(library.album / name)
    assert genres == [song.genre] == library.tags()[name]
    library.run("genrenet", "album:Two")
    assert library.genres("album:Two") == {UNSURE: []}


def test_songs_with_genres_are_left_alone_unless_it_is_forced(library):
    library.run("genrenet")
    assert library.genres("album:Three") == {"tagged.m4a": ["Lounge"]}
    library.run("genrenet", "-f", "-n", "3")
    assert "Lounge" not in library.genres("album:Three")["tagged.m4a"]


def test_an_unsure_answer_takes_no_genre_away(library):
    library.run("modify", "-y", "album:Two", "genres=Dream Pop")
    library.run("genrenet", "-f")
    assert library.genres("album:Two") == {UNSURE: ["Dream Pop"]}


def test_pretend_shows_the_genres_and_changes_nothing(library):
    before = library.genres(), library.tags()
    shown = library.run("genrenet", "-p")[0]
    assert "Country" in shown
    assert (library.genres(), library.tags()) == before


def test_tags_are_written_where_the_importer_writes_them(library):
    library.configure(auto=False, write=False)
    library.run("genrenet")
    assert library.genres("album:One") == {SURE: ["Country"]}
    assert library.tags()[SURE] == []
    library.configure(auto=False)
    library.run("genrenet", "-f")
    assert library.tags()[SURE] == ["Country"]


def test_several_genres_are_a_list_in_library_and_tags(library):
    library.run("genrenet", "-n", "3", "album:One")
    assert library.genres("album:One")[SURE] == ["Country", "Pop", "Folk"] == library.tags()[SURE]
    library.configure(auto=False, count=3, min_probability=0.5)
    library.run("genrenet", "-f", "album:One")
    assert library.genres("album:One")[SURE] == ["Country"]
    library.configure(auto=False, min_probability=0.9)
    said = library.run("-v", "genrenet", "-f", "album:One")[1]
    assert library.genres("album:One")[SURE] == ["Country"] and "below min_probability" in said


def test_genres_are_those_of_a_taxonomy(library):
    library.run("genrenet", "-x", "simple", "album:One")
    song = genrenet.load(taxonomy="simple").classify(library.album / SURE)
    assert library.genres("album:One") == {SURE: [song.genre]}
    # A file beside the configuration.
    (library.home / "mine.toml").write_text('version = 1\n[genres]\nAngling = ["Country", "Folk"]\n', encoding="utf-8")
    library.configure(auto=False, taxonomy="mine.toml")
    library.run("genrenet", "-f", "album:One")
    assert library.genres("album:One") == {SURE: ["Angling"]}


def test_the_number_of_threads_changes_nothing(library):
    library.run("genrenet", "-f", "-t", "1")
    one = library.genres()
    library.run("genrenet", "-f", "-t", "3")
    assert library.genres() == one


def test_a_damaged_file_is_one_line_and_the_rest_goes_on(library):
    [damaged] = (library.home / "music").rglob("tagged.m4a")
    damaged.write_bytes(b"no music")
    errors = library.run("genrenet", "-f")[1]
    assert sum("tagged.m4a" in line for line in errors.splitlines()) == 1
    assert library.genres() == {SURE: ["Country"], UNSURE: [], "tagged.m4a": ["Lounge"]}


def test_an_empty_query_and_a_wrong_model(library):
    assert library.run("genrenet", "album:None")[0] == ""
    assert "no-such-model" in library.run("genrenet", "-m", "no-such-model", code=1)[1]

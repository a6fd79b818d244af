"""`beet import` with the plugin."""

SURE = "lets_go_fishin.ogg"
UNSURE = "slow_motion_dream.mp3"


def test_sure_songs_get_a_genre_and_others_stay_as_they_are(beets):
    beets.add(SURE)
    beets.add(UNSURE)
    log = beets.run("-v", "import", "-A", beets.album)[1]
    assert beets.genres() == {SURE: ["Country"], UNSURE: []}
    assert f"{SURE}: Country" in log
    assert f"{UNSURE}: unsure (" in log


def test_the_album_gets_the_genre_of_most_songs_and_songs_keep_their_own(beets):
    beets.add(SURE, "1.ogg", track=1)
    beets.add(SURE, "2.ogg", track=2)
    beets.add("vibe_ace.m4a", "3.m4a", track=3)
    beets.imported("-A")
    own = beets.genres()
    assert own["1.ogg"] == own["2.ogg"] == ["Country"] and own["3.m4a"] == ["Reggae"]
    assert beets.run("ls", "-a", "-f", "$genres")[0] == "Country\n"


def test_genres_of_files_stay_unless_it_is_forced(beets):
    beets.add(SURE, genres=["Fishing", "Folk"])
    beets.imported("-A")
    assert beets.genres() == {SURE: ["Fishing", "Folk"]}
    beets.configure(force=True)
    beets.add(SURE, "again.ogg", genres=["Fishing"], album="Another")
    (beets.album / SURE).unlink()
    beets.imported("-A")
    assert beets.genres("again") == {"again.ogg": ["Country"]}


def test_the_importer_writes_the_genre_where_it_writes_tags(beets):
    for write, expected in [(True, ["Country"]), (False, [])]:
        beets.configure(write=write, plugins="genrenet fromtags")
        beets.add(SURE, f"{write}.ogg", album=f"Album {write}", albumartist="A", artist="A", title=f"{write}")
        beets.imported()
        assert beets.tags()[f"{write}.ogg"] == expected
        assert beets.genres(f"title:{write}") == {f"{write}.ogg": ["Country"]}
        (beets.album / f"{write}.ogg").unlink()


def test_a_file_that_cannot_be_classified_is_one_line_and_the_rest_goes_on(beets):
    beets.add_tone("short.wav", 0.5)
    beets.add(SURE)
    log = beets.imported("-A")
    assert beets.genres() == {SURE: ["Country"], "short.wav": []}
    errors = [line for line in log.splitlines() if "short.wav" in line]
    assert len(errors) == 1 and errors[0].startswith("genrenet: ")


def test_singletons_get_genres(beets):
    beets.add(SURE)
    beets.imported("-A", "-s")
    assert beets.genres("singleton:true") == {SURE: ["Country"]}


def test_without_auto_nothing_is_classified_at_import(beets):
    beets.configure(auto=False)
    beets.add(SURE)
    beets.imported("-A")
    assert beets.genres() == {SURE: []}


def test_a_wrong_option_ends_the_import_before_anything_is_imported(beets):
    wrong = [
        ({"model": "no-such-model"}, "no-such-model"),
        ({"taxonomy": "no-such-taxonomy"}, "no-such-taxonomy"),
        ({"count": 0}, "genrenet.count: expected a number from 1 on, found 0"),
        ({"threads": "many"}, "genrenet.threads"),
    ]
    beets.add(SURE)
    for options, expected in wrong:
        beets.configure(**options)
        said = beets.run("import", "-A", beets.album, code=1)[1]
        assert "error: " in said and expected in said, said
        assert beets.genres() == {}


def test_files_with_names_of_other_scripts(beets):
    beets.add(SURE, "Ålesund 東京 {0}.ogg")
    beets.imported("-A")
    assert list(beets.genres().values()) == [["Country"]]

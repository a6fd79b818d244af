"""A beets library of its own for each test, in which `beet` runs as a program."""

import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest
import yaml
from mediafile import MediaFile

SONGS = Path(__file__).resolve().parents[2] / "examples" / "audio"


class Beets:
    """A folder with beets' configuration, its library and music to import."""

    def __init__(self, home):
        self.home, self.album = home, home / "incoming" / "album"
        self.album.mkdir(parents=True)
        self.configure()

    def configure(self, write=True, plugins="genrenet", **options):
        settings = {
            "directory": "music",
            "library": "library.db",
            "paths": {"default": "$album/$title", "comp": "$album/$title", "singleton": "$title"},
            "plugins": plugins,
            "pluginpath": [str(Path(__file__).parent / "plugins")],
            "import": {"write": write, "copy": True, "quiet": True, "quiet_fallback": "asis", "log": "import.log"},
            "match": {"strong_rec_thresh": 0.5},
            "genrenet": options,
        }
        (self.home / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")

    def add(self, name, new_name=None, **tags):
        """Copies a song of the examples among the music to import; its title is its name, so that beets keeps that."""
        path = self.album / (new_name or name)
        shutil.copy(SONGS / name, path)
        return self.tagged(path, {"genres": None} | tags)

    def add_tone(self, name, seconds):
        path = self.album / name
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            file.writeframes(bytes([0, 32, 0, 224]) * int(4000 * seconds))
        return self.tagged(path, {})

    def tagged(self, path, tags):
        file = MediaFile(path)
        file.update({"title": path.stem} | tags)
        file.save()
        return path

    def run(self, *arguments, code=0):
        """Runs `beet`; returns what it printed and what it logged."""
        done = subprocess.run(
            [Path(sys.executable).with_name("beet"), *map(str, arguments)],
            env=os.environ | {"BEETSDIR": str(self.home), "PYTHONIOENCODING": "utf-8"},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout, done.stderr

    def imported(self, *options):
        return self.run("import", *options, self.album.parent)[1]

    def genres(self, *query):
        """The field `genres` of each file in the library, as beets holds it."""
        lines = self.run("ls", "-f", "$path\t$genres", *query)[0].splitlines()
        pairs = (line.split("\t") for line in lines)
        return {Path(path).name: [g for g in genres.split("; ") if g] for path, genres in pairs}

    def tags(self):
        """The genres in the tags of each file in the library."""
        files = (path for path in (self.home / "music").rglob("*") if path.is_file())
        return {path.name: MediaFile(path).genres or [] for path in files}


@pytest.fixture
def beets(tmp_path):
    return Beets(tmp_path)

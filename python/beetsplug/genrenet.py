"""Sets the field `genres` by the sound of the music, with genrenet."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

import confuse
import genrenet
from beets.plugins import BeetsPlugin
from beets.ui import Subcommand, UserError, should_write, show_model_changes

if TYPE_CHECKING:
    import optparse
    from collections.abc import Iterable

    from beets.importer import ImportSession, ImportTask
    from beets.library import Album, Item, Library


class GenrenetPlugin(BeetsPlugin):
    def __init__(self) -> None:
        super().__init__()
        self.config.add(
            {
                "auto": True,
                "force": False,
                "pretend": False,
                "threads": None,
                "model": "wide",
                "taxonomy": None,
                "count": 1,
                "min_probability": 0.1,
            }
        )
        if self.config["auto"]:
            self.import_stages = [self.imported]
            self.register_listener("import_begin", self.check)

    def commands(self) -> list[Subcommand]:
        command = Subcommand("genrenet", help="set genres by the sound of the music")
        option = command.parser.add_option
        option("-f", "--force", action="store_true", help="replace genres that are set")
        option("-F", "--no-force", dest="force", action="store_false", help="leave songs alone that have genres")
        option("-p", "--pretend", action="store_true", help="show the genres, change nothing")
        option("-t", "--threads", type="int", help="songs at once (default: one for each core)")
        option("-m", "--model", help="a built-in model, a run or a bundle (default: wide)")
        option("-x", "--taxonomy", help="a preset or a file of your own genres")
        option("-n", "--count", type="int", help="the most genres of a song (default: 1)")
        command.func = self.command
        return [command]

    def command(self, lib: Library, opts: optparse.Values, args: list[str]) -> None:
        self.config.set_args(vars(opts))
        self.check()
        self.set_genres(lib.items(args), write=should_write(), pretend=self.config["pretend"].get(bool))

    def imported(self, _: ImportSession, task: ImportTask) -> None:
        # The importer itself writes the files afterwards, if it is to.
        self.set_genres(task.imported_items(), write=False, pretend=False)

    def check(self, **_: Any) -> None:
        """Ends beets with a message where an option is wrong, before anything is changed."""
        for option in ("count", "threads"):
            value = self.config[option].get(confuse.Optional(int))
            if value is not None and value < 1:
                raise UserError(f"genrenet.{option}: expected a number from 1 on, found {value}")
        try:
            self._log.debug("model {}, genres {}", self.model.name, ", ".join(self.model.genres))
        except genrenet.Error as error:
            raise UserError(f"genrenet: {error}") from error

    @cached_property
    def model(self) -> genrenet.Model:
        return genrenet.load(self.name_or_path("model"), taxonomy=self.name_or_path("taxonomy"))

    def name_or_path(self, option: str) -> str | None:
        """A file or folder, which may be relative to beets' configuration, or the name as it is."""
        view = self.config[option]
        if not view.get():
            return None
        path = view.as_path()
        return str(path) if path.exists() else view.as_str()

    def set_genres(self, items: Iterable[Item], write: bool, pretend: bool) -> None:
        force = self.config["force"].get(bool)
        chosen, albums = [], {}
        for item in items:
            if item.genres and not force:
                self._log.debug("{.filepath} has genres: {.genres}", item, item)
            else:
                chosen.append(item)
        answers = self.model.classify_many((item.filepath for item in chosen), threads=self.config["threads"].get())
        for item, answer in zip(chosen, answers):
            if answer.error is not None:
                self._log.error("{}", answer.error)
            elif genres := self.genres_of(item, answer.song):
                self.store(item, genres, write, pretend)
                if item.album_id is not None:
                    albums[item.album_id] = item.get_album()
        if not pretend:
            for album in albums.values():
                self.set_genres_of_album(album, force)

    def genres_of(self, item: Item, song: genrenet.Song) -> list[str]:
        """The genres that a song gets: none where the model is unsure."""
        best = song.genres[0]
        said = f"{best.genre} {best.probability:.0%}"
        if song.unsure:
            self._log.info("{.filepath}: {}", item, "no music" if song.no_music else f"unsure ({said})")
            return []
        least = self.config["min_probability"].get(float)
        genres = [g.genre for g in song.genres[: self.config["count"].get(int)] if g.probability >= least]
        if not genres:
            self._log.info("{.filepath}: below min_probability ({})", item, said)
        return genres

    def store(self, item: Item, genres: list[str], write: bool, pretend: bool) -> None:
        item.genres = genres
        self._log.info("{.filepath}: {}", item, ", ".join(genres))
        if pretend:
            show_model_changes(item, fields=["genres"])
        else:
            item.try_sync(write=write, move=False)

    def set_genres_of_album(self, album: Album, force: bool) -> None:
        """Gives an album the most frequent genres of its songs; its songs keep their own."""
        if album.genres and not force:
            return
        counted = Counter(genre for item in album.items() for genre in item.genres)
        album.genres = [genre for genre, _ in counted.most_common(self.config["count"].get(int))]
        album.store(inherit=False)

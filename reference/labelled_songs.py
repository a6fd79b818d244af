"""Counts acceptable answers of models over the 20 labelled recordings of ../shared/data/audio, whole songs and clips.

    cargo build --release
    python reference/labelled_songs.py [MODEL…]      wide, gtzan10 and fma8 by default; a folder of a bundle too

For each model: how many have an acceptable genre at first rank and among three, how many are sure, and right among these. What is
acceptable follows the README of that data, in any spelling.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AUDIO = ROOT.parent / "shared/data/audio"
OF_GENRE = {  # the first part of a name in fma_songs
    "Electronic": "electronic house dance disco techno ambient",
    "Experimental": "experimental ambient electronic noise",
    "Folk": "folk country acoustic indie",
    "Hip-Hop": "hiphop",
    "Instrumental": "instrumental classical ambient soundtrack folk jazz",
    "International": "international world latin folk",
    "Pop": "pop indie dance",
    "Rock": "rock indie punk metal alternative",
}
OTHERS = {
    "fma_clips/000002.mp3": "hiphop", "fma_clips/000005.mp3": "hiphop", "fma_clips/000676.mp3": "hiphop",
    "fma_clips/000255.mp3": OF_GENRE["Rock"], "fma_clips/000574.mp3": OF_GENRE["Rock"],
    "songs/lets_go_fishin.ogg": "folk country", "songs/vibe_ace.ogg": "jazz funk soul", "songs/searching.ogg": "ambient electronic",
    "songs/nightdream.ogg": "classical ambient soundtrack", "songs/slow_motion_dream.mp3": "pop indie rock",
}


def words(genre):
    """A genre's names without case and punctuation: Disco/Dance has two."""
    return {"".join(letter for letter in name.lower() if letter.isalnum()) for name in genre.replace("R&B", "rnb").split("/")}


def main(models):
    songs = {f"fma_songs/{path.name}": OF_GENRE[path.name.split("__")[0]] for path in sorted((AUDIO / "fma_songs").glob("*.mp3"))} | OTHERS
    for model in models:
        command = [ROOT / "target/release/genrenet", "classify", "--json", "--model", model, *(AUDIO / song for song in songs)]
        answers = [json.loads(line) for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()]
        first, three, sure, right, wrong = 0, 0, 0, 0, []
        for (song, acceptable), answer in zip(songs.items(), answers, strict=True):
            ranked = [bool(words(genre["genre"]) & set(acceptable.split())) for genre in answer["genres"]]
            first, three = first + ranked[0], three + any(ranked[:3])
            if not answer["unsure"]:
                sure, right = sure + 1, right + ranked[0]
                if not ranked[0]:
                    wrong.append(f"{song} → {answer['genres'][0]['genre']} {answer['genres'][0]['probability']:.2f}")
        print(f"{model}: of {len(songs)}, {first} acceptable at first rank, {three} among three; {sure} sure, {right} of these right; sure and wrong: {', '.join(wrong) or 'none'}")


if __name__ == "__main__":
    main(sys.argv[1:] or ["wide", "gtzan10", "fma8"])

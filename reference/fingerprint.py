#!/usr/bin/env python3
"""Fingerprints by fpcalc 1.5.1, against which `tests/fingerprint_golden.rs` of genrenet-library holds ours.

    python3 reference/fingerprint.py          # writes the fixture; needs Debian's libchromaprint-tools 1.5.1

A line of the fixture is a file's name and its items in hexadecimal, eight digits each. Files are those of the demo, and two songs of the
data beside this repository. The Ogg file of the demo is left out: it was cut within a packet, and fpcalc's decoder begins where the
packet does.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "crates/genrenet-cli/demo"
SHARED = ROOT / "../shared/data/audio"
FIXTURE = ROOT / "crates/genrenet-library/tests/fingerprints/fpcalc.txt"
SONGS = [
    DEMO / "searching.opus",
    DEMO / "slow_motion_dream.mp3",
    DEMO / "vibe_ace.m4a",
    SHARED / "songs/vibe_ace_22k_mono.ogg",
    SHARED / "songs/nightdream.ogg",
]


def main():
    lines = []
    for song in SONGS:
        # It exits with 3 where its decoder complains of the last packet; the items are printed all the same.
        printed = subprocess.run(["fpcalc", "-raw", song], capture_output=True, text=True).stdout
        items = re.search(r"FINGERPRINT=(.*)", printed).group(1).split(",")
        lines.append(song.name + " " + "".join(f"{int(item):08x}" for item in items) + "\n")
    FIXTURE.parent.mkdir(exist_ok=True)
    FIXTURE.write_text("".join(lines))


main()

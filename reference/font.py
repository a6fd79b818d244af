#!/usr/bin/env python3
"""Cuts the font of the plots from Arimo (Debian package fonts-croscore, SIL Open Font License 1.1).

    python reference/font.py /usr/share/fonts/truetype/croscore

needs fonttools; writes crates/genrenet-report/fonts/. Latin, Greek and Cyrillic letters, digits, punctuation and a few
signs, without hints and kerning: what labels, genre names and titles of songs need.
"""

import sys
from pathlib import Path

from fontTools import subset

OUT = Path(__file__).resolve().parent.parent / "crates/genrenet-report/fonts"
CHARACTERS = [
    *range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x218, 0x21C), *range(0x386, 0x3CF), *range(0x400, 0x460),
    *range(0x2010, 0x2028), 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193,
    0x2202, 0x2206, 0x2211, 0x2212, 0x221A, 0x2248, 0x2260, 0x2264, 0x2265, 0x25A1, 0x25CF, 0xFFFD,
]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for weight in ("Regular", "Bold"):
        options = subset.Options()
        options.layout_features = []
        options.hinting = False
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
        options.notdef_outline = True
        options.drop_tables += ["GSUB", "GPOS", "GDEF", "kern", "DSIG", "gasp", "LTSH", "hdmx", "VDMX"]
        font = subset.load_font(Path(sys.argv[1]) / f"Arimo-{weight}.ttf", options)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=CHARACTERS)
        cut.subset(font)
        path = OUT / f"Arimo-{weight}.ttf"
        subset.save_font(font, path, options)
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()

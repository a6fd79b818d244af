"""Writes the licences of what a program contains: third_party.py TARGET FILE [CRATE]. Licences are those of the crates that cargo links for
the target, and of the fonts and the code that the repository has from others; equal texts are written once."""

import json
import re
import subprocess
import sys
from pathlib import Path

target, out = sys.argv[1], Path(sys.argv[2])
PROGRAM = sys.argv[3] if len(sys.argv) > 3 else "genrenet-cli"
OWN = {
    "Arimo (fonts)": Path("crates/genrenet-report/fonts/OFL.txt"),
    "Opus (reference code)": Path("crates/genrenet-audio/src/decode/celt/LICENSE"),
}


def cargo(*words):
    return subprocess.run(["cargo", *words, "--locked"], check=True, capture_output=True, text=True, encoding="utf-8").stdout


def texts(folder, terms):
    """The licence files of a crate; of several that may be chosen from, MIT's."""
    files = sorted(path for path in folder.iterdir() if re.match(r"(un)?licen[cs]e|copying|copyright|notice", path.name, re.I) and path.is_file())
    mit = [path for path in files if re.search(r"mit", path.name, re.I)]
    if mit and re.search(r"\bMIT\b", terms) and " AND " not in terms:
        files = mit + [path for path in files if re.match("notice", path.name, re.I)]
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in files]


packages = {(p["name"], p["version"]): p for p in json.loads(cargo("metadata", "--format-version", "1"))["packages"]}
tree = cargo("tree", "-p", PROGRAM, "-e", "normal,no-proc-macro", "--target", target, "--prefix", "none", "--format", "{p}")
used = sorted({tuple(line.split()[:2]) for line in tree.splitlines() if line})
rows, together = [], {}
for name, version in used:
    package = packages[name, version.removeprefix("v")]
    if package["source"] is None:
        continue
    terms = package["license"] or "see its licence file"
    rows.append(f"{name} {package['version']}: {terms}, {package['repository'] or 'https://crates.io/crates/' + name}")
    for text in texts(Path(package["manifest_path"]).parent, terms):
        together.setdefault(text, []).append(f"{name} {package['version']}")
for name, path in OWN.items():
    together.setdefault(path.read_text(encoding="utf-8").strip(), []).append(name)

lines = [
    "This program contains the following crates, unchanged, the Rust standard library (MIT OR Apache-2.0, https://github.com/rust-lang/rust)"
    + (" and musl (MIT, https://musl.libc.org)." if "musl" in target else "."),
    "The sources of each crate are at https://crates.io/crates/NAME/VERSION and at the address beside it.",
    "",
    *rows,
]
for text, names in sorted(together.items(), key=lambda item: item[1]):
    lines += ["", "-" * 80, ", ".join(names), "", text]
out.write_text("\n".join(lines) + "\n", encoding="utf-8")
print(f"{out}: {len(rows)} crates, {len(together)} texts")

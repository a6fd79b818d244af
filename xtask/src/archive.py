"""Packs a release: archive.py FOLDER TARGET VERSION FILE…. A folder is packed by its content. Times and owners are fixed, so that the
same files give the same bytes. Adds the archive's SHA-256 to FOLDER/SHA256SUMS."""

import gzip
import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

out, target, version = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
name = f"genrenet-{version}-{target}"
files = []
for given in map(Path, sys.argv[4:]):
    inside = sorted(p for p in given.rglob("*") if p.is_file()) if given.is_dir() else [given]
    files += [(p.relative_to(given) if given.is_dir() else Path(p.name), p.read_bytes()) for p in inside]

if "windows" in target:
    archive = out / f"{name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        for path, data in files:
            pack.writestr(zipfile.ZipInfo(f"{name}/{path.as_posix()}", (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
else:
    archive = out / f"{name}.tar.gz"
    with open(archive, "wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed:
        with tarfile.open(fileobj=packed, mode="w") as pack:
            for path, data in files:
                info = tarfile.TarInfo(f"{name}/{path.as_posix()}")
                info.size, info.mode = len(data), 0o755 if path.name == "genrenet" else 0o644
                pack.addfile(info, io.BytesIO(data))

sums = out / "SHA256SUMS"
lines = [line for line in sums.read_text().splitlines() if not line.endswith(archive.name)] if sums.exists() else []
lines.append(f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}")
sums.write_text("\n".join(sorted(lines, key=lambda line: line.split()[-1])) + "\n")
print(f"{archive} {archive.stat().st_size / 1e6:.1f} MB")

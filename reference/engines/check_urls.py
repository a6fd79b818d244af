"""Daft's example over URLs: a server that answers, and one that stops in the middle of a file.

    python reference/engines/check_urls.py --program target/release/genrenet --home target/engines

The rows must be those that the program gives of the same files.
"""

import argparse
import http.server
import shutil
import sys
import threading
from pathlib import Path

import pyarrow as pa
import rows
import songs
from check_faults import rows_of_program
from engines import EXAMPLES, ENGINES, Run

SONGS = 200
SECONDS = 20  # the time limit of a file
LIMIT = 600  # seconds of the run
STALLED = "/stalled.mp3"


class Server(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; of one it sends half and then nothing more."""

    def do_GET(self):
        if self.path != STALLED:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"ID3" + bytes(50_000))
        threading.Event().wait()

    def do_HEAD(self):
        if self.path != STALLED:
            return super().do_HEAD()
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    arguments = parser.parse_args()
    home = arguments.home.resolve()
    folder = home / "songs"
    work = home / "urls daft"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    paths = songs.make(EXAMPLES.parent / "audio/slow_motion_dream.mp3", folder, SONGS)
    songs.write_table(paths, work / "paths.parquet")
    expected = rows_of_program(arguments.program, work / "paths.parquet", work / "program.parquet")

    handler = lambda *given: Server(*given, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}"
    urls = [f"{site}/{Path(path).name}" for path in paths]
    failing = [site + STALLED, f"{site}/missing.mp3"]
    songs.write_table(urls + failing, work / "urls.parquet")

    run = Run(ENGINES["daft"], work / "urls.parquet", work / "out", SECONDS, work / "log")
    if run.wait(LIMIT) != 0:
        sys.exit((work / "log").read_text()[-4000:])
    found = rows.of_engine(work / "out", expected.schema)
    expected = expected.set_column(0, "path", pa.array(urls))
    none = {"path": failing, "model": expected["model"].to_pylist()[:2], "model_version": expected["model_version"].to_pylist()[:2]}
    expected = pa.concat_tables([expected, pa.Table.from_pydict(none)], promote_options="default")
    print(f"daft over URLs: {found.num_rows} rows of {len(urls) + len(failing)}")
    for name, error in rows.errors(found):
        print(f"  {name}: {error}")
    if wrong := rows.compare(found, expected, failing):
        sys.exit("\n".join(wrong))
    print("  nothing lost, nothing doubled, all other rows are those of the files")


if __name__ == "__main__":
    main()

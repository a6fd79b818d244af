"""schemathesis against the running service: requests made of /openapi.json, answers held against it.

    python reference/serve/schema.py [--examples 100] [-- OPTION…]

An index is served as well, of the example songs, so that all routes are there, and every second valid request has a real song (hooks.py). What follows `--`
is given to schemathesis.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from service import PROGRAM, SONG, Service

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("hooks.py")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("options", nargs="*")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = os.path.join(folder, "index.sqlite")
        scan = [str(PROGRAM), "scan", "--index", index, str(SONG.parent)]
        subprocess.run(scan, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with Service("--index", index) as service:
            address = "http://{}:{}/openapi.json".format(*service.address)
            settings = {"SCHEMATHESIS_HOOKS": str(HOOKS), "PYTHONPATH": str(HOOKS.parent), "GENRENET_INDEXED": str(SONG)}
            program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"]
            command = [*program, address, "--max-examples", str(arguments.examples), "--seed", "23", *arguments.options]
            done = subprocess.run(command, cwd=folder, env={**os.environ, **settings})
            assert service.process.poll() is None, "the service is down"
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()

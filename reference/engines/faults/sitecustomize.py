"""Faults in the process that reads songs, imported by Python at its start where this folder is on PYTHONPATH.

`GENRENET_FAULTS` names a JSON file: `ends` (paths at which the process is killed, each time), `ends_once` (only the first time), `stops` (paths
at which it stands still), `log` (a file that gets a line for each path that is begun).
"""

import json
import os
import signal
import sys

if "isolated" in sys.orig_argv and "GENRENET_FAULTS" in os.environ:
    import genrenet

    with open(os.environ["GENRENET_FAULTS"]) as file:
        faults = json.load(file)
    load = genrenet.load

    def once(path):
        """True the first time in any process."""
        try:
            os.close(os.open(f"{faults['log']}.{os.path.basename(path)}", os.O_CREAT | os.O_EXCL))
            return True
        except FileExistsError:
            return False

    class FaultyModel:
        """A model that does not come through some files."""

        def __init__(self, model):
            self._model = model

        def __getattr__(self, name):
            return getattr(self._model, name)

        def classify_batch(self, sounds, **options):
            sounds = list(sounds)
            for path in sounds:
                with open(faults["log"], "a") as log:
                    log.write(f"{path}\n")
                if path in faults["ends"] or path in faults["ends_once"] and once(path):
                    os.kill(os.getpid(), signal.SIGKILL)
                if path in faults["stops"]:
                    os.kill(os.getpid(), signal.SIGSTOP)
            return self._model.classify_batch(sounds, **options)

    genrenet.load = lambda *arguments, **options: FaultyModel(load(*arguments, **options))

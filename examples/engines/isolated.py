"""A genrenet model in a process of its own, for the workers of an engine.

An engine retries a batch whose worker died, and after some attempts gives the whole job up. With one process more, a file that ends it or does
not answer costs one row with `error`, on every engine alike.
"""

import functools
import os
import signal
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import genrenet
import pyarrow as pa

ATTEMPTS = 2  # a process may also be killed for another reason than its file, such as a lack of memory
STARTING = 120  # seconds


class IsolatedModel:
    """A model that classifies on one core, in a child process.

    `name` is what `genrenet.load` takes; `seconds` the time limit of a file; `opener` a function of an importable module that turns a
    path or URL into what `Model.classify` takes (a file object, say), called in the child. Batches are lists of paths.

    A file at which the child ends, or that takes too long, is tried once more in a new child, and is then a row with `error`. What the
    child had answered before is kept.
    """

    def __init__(self, name="wide", seconds=60.0, opener=None):
        self.name, self.seconds, self.opener = name, seconds, opener
        self._model = genrenet.load(name)
        self._process = self._pipe = None

    def classify_batch(self, paths):
        """A `pyarrow.Table` with a row for each path, in their order; its columns are those of `schema(name)`."""
        rows, failures = [], 0
        while len(rows) < len(paths):
            if self._process is None:
                self._start()
            try:
                self._pipe.send(paths[len(rows) :])
                while len(rows) < len(paths):
                    rows.append(self._receive(self.seconds))
                    failures = 0
            except (EOFError, OSError) as fault:  # TimeoutError is an OSError
                reason = str(fault) or f"the process that read it ended ({self._stop()})"
                self._stop()
                failures += 1
                if failures == ATTEMPTS:
                    rows.append(error_row(self._model, paths[len(rows)], reason))
                    failures = 0
        return pa.concat_tables(rows, promote_options="none").combine_chunks() if rows else empty(self._model)

    def _start(self):
        self._pipe, theirs = Pipe()
        with theirs:
            # The modules that an engine has sent are on this process's path alone.
            environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
        try:
            self._pipe.send((self.name, self.opener))
            self._receive(STARTING)
        except (EOFError, OSError) as fault:
            raise RuntimeError(f"the child process did not start ({self._stop()}): {fault}") from fault

    def _receive(self, seconds):
        if not self._pipe.poll(seconds):
            raise TimeoutError(f"no answer within {seconds:g} s")
        return self._pipe.recv()

    def _stop(self):
        """Kills the child and says how it ended."""
        process, self._process = self._process, None
        if process is None:
            return "already ended"
        process.kill()
        self._pipe.close()
        try:
            code = process.wait(5)
        except subprocess.TimeoutExpired:  # waits for a disk or a server; it ends when that answers
            return "not yet ended"
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@functools.cache
def isolated_model(name, seconds, opener=None):
    """The `IsolatedModel` of this process, for engines that call a function in a process that stays."""
    return IsolatedModel(name, seconds, opener)


@functools.cache
def schema(name):
    """The `pyarrow.Schema` of the rows that a model gives."""
    return empty(genrenet.load(name)).schema


def empty(model):
    return pa.table(model.classify_batch([]))


def error_row(model, path, reason):
    known = {"path": path, "model": model.name, "model_version": model.version, "error": reason}
    return pa.Table.from_pylist([known], empty(model).schema)


def classify_one(model, path, opener):
    try:
        sound = opener(path) if opener else path
    except Exception as fault:
        return error_row(model, path, str(fault))
    row = pa.table(model.classify_batch([sound], threads=1))
    return row.set_column(0, row.schema.field(0), pa.array([path]))  # a file object has no path


def child(pipe):
    """Answers batches of paths, file by file, until the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    name, opener = pipe.recv()
    model = genrenet.load(name)
    error_row(model, "", "")  # what is loaded and imported at first use is no part of a file's time
    pipe.send("ready")
    while True:
        for path in pipe.recv():
            pipe.send(classify_one(model, path, opener))


if __name__ == "__main__":
    try:
        child(Connection(int(sys.argv[1])))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent has ended

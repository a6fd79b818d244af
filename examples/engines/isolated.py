"""A genrenet model in a process of its own, for the workers of an engine.

An engine retries a batch whose worker died, and after some attempts gives the whole job up. With one process more, a file that ends it or does
not answer costs one row with `error`, on every engine alike.
"""

import contextlib
import functools
import os
import signal
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import genrenet
import pyarrow as pa

STARTING = 120  # seconds


class IsolatedModel:
    """A model that classifies on one core, in a child process.

    `name` is what `genrenet.load` takes; `seconds` the time limit; `opener` a function of an importable module that turns a path or URL into what
    `Model.classify` takes (a file object, say), called in the child. Batches are lists of paths.

    Where the child ends or takes more than `seconds` for a batch, its files are asked for one by one. One at which that happens again is a row with
    `error`.
    """

    def __init__(self, name="wide", seconds=60.0, opener=None):
        self.name, self.seconds, self.opener = name, seconds, opener
        self._model = genrenet.load(name)
        self._process = self._pipe = None

    def classify_batch(self, paths):
        """A `pyarrow.Table` with a row for each path, in their order; its columns are those of `schema(name)`."""
        try:
            return self._ask(paths)
        except (EOFError, OSError):  # TimeoutError is an OSError
            self._stop()
        return pa.concat_tables([self._alone(path) for path in paths]).combine_chunks()

    def _alone(self, path):
        try:
            return self._ask([path])
        except TimeoutError as fault:
            self._stop()
            return error_row(self._model, path, str(fault))
        except (EOFError, OSError):
            return error_row(self._model, path, f"the process that read it ended ({self._stop()})")

    def _ask(self, paths):
        if self._process is None:
            self._start()
        self._pipe.send(paths)
        return self._receive(self.seconds)

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


def classify(model, paths, opener):
    if opener is None:
        return pa.table(model.classify_batch(paths, threads=1))
    failed = {}

    def sounds():
        for place, path in enumerate(paths):
            try:
                sound = opener(path)
                # File objects of some engines read only in a `with` block.
                yield files.enter_context(sound) if hasattr(sound, "__enter__") else sound
            except Exception as fault:
                failed[place] = str(fault)
                yield b""

    with contextlib.ExitStack() as files:
        table = pa.table(model.classify_batch(sounds(), threads=1))
    errors = [failed.get(place, error) for place, error in enumerate(table["error"].to_pylist())]
    # A file object has no path.
    for name, column in (("path", paths), ("error", errors)):
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(place), pa.array(column, pa.string()))
    return table


def child(pipe):
    """Answers batches of paths until the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    name, opener = pipe.recv()
    model = genrenet.load(name)
    empty(model)  # what is loaded and imported at first use is no part of a file's time
    pipe.send("ready")
    while True:
        pipe.send(classify(model, pipe.recv(), opener))


if __name__ == "__main__":
    try:
        child(Connection(int(sys.argv[1])))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent has ended

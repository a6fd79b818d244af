"""How each engine's example is started, and which of its processes do what."""

import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples/engines"
MARK = "GENRENET_ENGINES_RUN"  # in the environment of all processes of a run


@dataclass(frozen=True)
class Engine:
    name: str
    options: tuple = ()
    # Whether the engine's workers are processes of their own, which it starts again.
    workers: bool = True

    def command(self, table, out, seconds):
        script = EXAMPLES / f"{self.name}_genres.py"
        return [sys.executable, str(script), str(table), str(out), "--seconds", str(seconds), *self.options]


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("ray"),
        Engine("daft", workers=False),
        Engine("spark", (f"--master=local[{os.cpu_count()},4]",)),
    )
}


class Run:
    """A running example."""

    def __init__(self, engine, table, out, seconds, log, **environment):
        self.mark = uuid.uuid4().hex
        # Ray's workers have a low priority, and would be slower beside whatever else the machine does.
        own = {MARK: self.mark, "PYSPARK_PYTHON": sys.executable, "RAY_worker_niceness": "0"}
        environment = os.environ | own | environment
        with open(log, "w") as output:
            command = engine.command(table, out, seconds)
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)

    def processes(self):
        """The run's processes that have not ended: pairs of an id and the words of the command."""
        mark = f"{MARK}={self.mark}".encode()
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name), (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                pass  # it has ended meanwhile

    def readers(self):
        """The ids of the processes that read songs."""
        return sorted(process for process, command in self.processes() if b"isolated" in command)

    def wait_measuring(self, limit):
        """Waits for the end as `wait`, and says the CPU time of all processes in seconds, those before the last look at each."""
        times, since = {}, time.monotonic()
        while self.process.poll() is None and time.monotonic() - since < limit:
            for process, _ in self.processes():
                try:
                    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
                    times[process] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                except OSError:
                    pass  # it has ended meanwhile
            time.sleep(0.5)
        return self.wait(0.1), sum(times.values())

    def wait(self, limit):
        """Waits for the end and ends what is left over; the exit code, None after the limit."""
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        for process, _ in self.processes():
            os.kill(process, signal.SIGKILL)
        self.process.wait()
        return code


def parent_of(process):
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])

"""The service of the release build, or of the program in `GENRENET_PROGRAM`, and a client of plain sockets whose own cost is small."""

import json
import os
import resource
import socket
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("GENRENET_PROGRAM", ROOT / "target/release/genrenet"))
SONG = ROOT / "examples/audio/slow_motion_dream.mp3"


def allow_files():
    """Lets this process, and those that it starts, have as many open files as the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Service:
    """A running service. Its log is read and dropped, its address kept."""

    def __init__(self, *options, port=0):
        command = [str(PROGRAM), "serve", "--listen", f"127.0.0.1:{port}", *map(str, options)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        host, port = json.loads(line)["address"].rsplit(":", 1)
        self.address = (host, int(port))
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        for _ in self.process.stderr:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def memory(self):
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def cpu(self):
        """CPU seconds so far, of the program and of the system for it."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client:
    """A connection that is kept, and opened again where it was closed."""

    def __init__(self, address, timeout=300):
        self.address, self.timeout, self.socket = address, timeout, None

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def request(self, method, path, body=b"", headers=""):
        """Status and body of an answer; `OSError` where there is none."""
        if not self.socket:
            self.socket = socket.create_connection(self.address, self.timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        try:
            self.socket.sendall(head.encode() + body)
            return self._answer()
        except OSError:
            self.close()
            raise

    def _answer(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, data = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        length = int(headers.get("content-length", 0))
        while len(data) < length:
            data += self._more()
        if headers.get("connection") == "close":
            self.close()
        return int(lines[0].split()[1]), data

    def _more(self):
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionResetError("closed before the answer was whole")
        return more

    def classify(self, song, path="/v1/classify"):
        return self.request("POST", path, song, "Content-Type: application/octet-stream\r\n")


def together(number, work):
    """Calls `work(index)` on so many threads and waits for them; an exception of one is raised."""
    faults = []

    def guarded(index):
        try:
            work(index)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def wait_until(condition, seconds=60):
    """Waits for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a condition did not come true")
        time.sleep(0.02)

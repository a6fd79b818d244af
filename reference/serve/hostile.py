"""Hostile input against the service: what it answers, that it answers others meanwhile, and how much memory it takes.

    python reference/serve/hostile.py [slowloris] [bodies] [flac] [names] [mutated] [--mutations 100000]

- slowloris: 1 000 connections whose heads arrive a byte at a time, and 500 whose bodies do;
- bodies: 10 GB with and without a length, lengths that lie;
- flac: ten hours of sound in less than 1 MB;
- names: forms and parameters with paths in names;
- mutated: so many mutated songs of every format. Allowed are the statuses 200, 415 and 422.
"""

import argparse
import collections
import os
import random
import socket
import struct
import threading
import time
from pathlib import Path

from service import ROOT, SONG, Client, Service, allow_files, together

PARTS = ["slowloris", "bodies", "flac", "names", "mutated"]
THREADS = os.cpu_count() or 1


def row(name, expected, found, service):
    ok = service.process.poll() is None and Client(service.address).request("GET", "/healthz")[0] == 200
    print(f"| {name} | {expected} | {found} | {service.memory():.0f} MiB | {'well' if ok else 'DOWN'} |", flush=True)
    assert ok, "the service is down"


def rest(connection):
    """The status of what comes until the end; 0 where nothing comes."""
    data = b""
    try:
        while more := connection.recv(65536):
            data += more
    except OSError:
        pass
    return int(data.split()[1]) if data.startswith(b"HTTP/") else 0


def slowloris():
    with Service("--head-timeout", 10) as service:
        heads = [socket.create_connection(service.address) for _ in range(1000)]
        bodies = [socket.create_connection(service.address) for _ in range(500)]
        for one in heads:
            one.sendall(b"GET /healthz HTTP/1.1\r\nX-A: ")
        for one in bodies:
            one.sendall(b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
        begun, song, answered = time.monotonic(), SONG.read_bytes(), 0
        ended = threading.Event()

        def trickle():
            while not ended.wait(1.0):
                for one in heads + bodies:
                    try:
                        one.sendall(b"a")
                    except OSError:
                        pass

        thread = threading.Thread(target=trickle)
        thread.start()
        while time.monotonic() - begun < 30:
            status, _ = Client(service.address).classify(song)
            answered += status == 200
            assert status == 200, status
        ended.set()
        thread.join()
        statuses = collections.Counter(rest(one) for one in heads)
        row("1 000 heads, a byte a second, --head-timeout 10", "closed", f"closed; statuses {dict(statuses)}", service)
        statuses = collections.Counter(rest(one) for one in bodies)
        row("500 bodies, a byte a second", "408", f"{dict(statuses)}; {answered} songs of others answered in 30 s", service)


def bodies():
    with Service() as service:
        post = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n"
        one = socket.create_connection(service.address)
        one.sendall(f"{post}Content-Length: 10000000000\r\n\r\n".encode())
        row("10 GB, stated", "413 at once", rest(one), service)
        one = socket.create_connection(service.address)
        sent = 0
        try:
            one.sendall(f"{post}Transfer-Encoding: chunked\r\n\r\n".encode())
            chunk = b"10000\r\n" + b"fLaC" * 16384 + b"\r\n"
            while sent < 10**10:
                one.sendall(chunk)
                sent += 65536
        except OSError:
            pass
        row("10 GB in chunks", "413 after 256 MiB", f"{rest(one) or 'closed'} after {sent / 2**20:.0f} MiB", service)
        for name, head, body in [
            ("length 1 MB, 5 bytes come", "Content-Length: 1000000\r\n", b"fLaC\0"),
            ("length 5, 5 000 bytes come", "Content-Length: 5\r\n", b"fLaC" * 1250),
            ("length -1", "Content-Length: -1\r\n", b"abc"),
            ("two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n", b"abcd"),
            ("a length and chunks", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        ]:
            one = socket.create_connection(service.address)
            one.sendall((post + head + "\r\n").encode() + body)
            one.shutdown(socket.SHUT_WR)
            row(name, "4… or closed", rest(one) or "closed", service)


def crc(data, polynomial, bits):
    value, top = 0, 1 << (bits - 1)
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & top else 0)) & ((1 << bits) - 1)
    return value


def ten_hours():
    """A FLAC of frames of 65 535 equal samples, another value in each: ten hours of 44.1 kHz, 8 bits, in less than 1 MB."""
    frames = 10 * 3600 * 44100 // 65535
    info = struct.pack(">HH", 65535, 65535) + bytes(6)
    info += ((44100 << 44) | (0 << 41) | (7 << 36) | frames * 65535).to_bytes(8, "big") + bytes(16)
    parts = [b"fLaC", b"\x80" + len(info).to_bytes(3, "big"), info]
    for number in range(frames):
        # Blocks of a fixed size that stands at the end of the head; 44.1 kHz, mono, 8 bits.
        head = b"\xff\xf8\x79\x02" + chr(number).encode() + struct.pack(">H", 65534)
        head += bytes([crc(head, 0x07, 8)])
        frame = head + b"\0" + bytes([number % 100 + 1])
        parts.append(frame + crc(frame, 0x8005, 16).to_bytes(2, "big"))
    return b"".join(parts)


def flac():
    song = ten_hours()
    with Service() as service:
        began = time.monotonic()
        status, body = Client(service.address).classify(song)
        row(f"ten hours in {len(song) / 1e6:.2f} MB", "422", f"{status} in {time.monotonic() - began:.2f} s: {body.decode()[:120]}", service)
    with Service("--max-seconds", 100_000) as service:
        began = time.monotonic()
        status, body = Client(service.address).classify(song)
        row("the same, --max-seconds 100000", "200 or 422", f"{status} in {time.monotonic() - began:.2f} s", service)


def names():
    song = SONG.read_bytes()
    before = set(Path(".").iterdir())
    with Service() as service:
        for name in ["../../../etc/passwd", "/etc/passwd", "..\\\\..\\\\x", "a\0b", "%2e%2e/x", "x" * 5000, "\x1b[2J", "CON"]:
            head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
            form = head.encode("latin-1") + song + b"\r\n--b--\r\n"
            kind = "Content-Type: multipart/form-data; boundary=b\r\n"
            status, body = Client(service.address).request("POST", "/v1/classify", form, kind)
            assert status == 200 and b'"path":""' in body, (status, body)
        row("8 file names with paths in forms", "200, the name is not read", "200", service)
        for parameter in ["model", "taxonomy"]:
            for value in ["..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "simple.toml", ".", "%00", "a" * 5000]:
                status, body = Client(service.address).classify(song, f"/v1/classify?{parameter}={value}")
                assert status == 400, (status, body)
        row("12 models and taxonomies that are paths", "400", "400", service)
    assert set(Path(".").iterdir()) == before


def mutated(number):
    audio = ROOT / "crates/genrenet-audio/tests/audio"
    songs = [path.read_bytes() for path in sorted(audio.iterdir()) if path.is_file() and path.stat().st_size < 60_000]
    counts, lock, most = collections.Counter(), threading.Lock(), [0.0]
    with Service() as service:
        began = time.monotonic()

        def send(index):
            dice, client, own = random.Random(index), Client(service.address), collections.Counter()
            for round_ in range(index, number, clients):
                song = bytearray(dice.choice(songs))
                for _ in range(dice.choice([1, 3, 10, 100])):
                    song[dice.randrange(len(song))] = dice.randrange(256)
                match dice.randrange(6):
                    case 0:
                        del song[dice.randrange(1, len(song)) :]
                    case 1:
                        at = dice.randrange(len(song))
                        del song[at : at + dice.randrange(100)]
                    case 2:
                        song += dice.choice(songs)
                status, body = client.classify(bytes(song))
                own[status] += 1
                assert status in (200, 415, 422), (status, body)
                if round_ % 1000 == 0:
                    most[0] = max(most[0], service.memory())
            with lock:
                counts.update(own)

        clients = 2 * THREADS
        together(clients, send)
        took = time.monotonic() - began
        row(f"{number} mutated songs of {len(songs)}", "200, 415, 422", f"{dict(sorted(counts.items()))} in {took:.0f} s, most memory {most[0]:.0f} MiB", service)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--mutations", type=int, default=100_000)
    arguments = parser.parse_args()
    allow_files()
    print("| input | expected | found | memory | afterwards |\n|---|---|---|---|---|")
    for part in arguments.parts or PARTS:
        if part == "mutated":
            mutated(arguments.mutations)
        else:
            {"slowloris": slowloris, "bodies": bodies, "flac": flac, "names": names}[part]()


if __name__ == "__main__":
    main()

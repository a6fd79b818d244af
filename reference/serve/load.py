"""The service under load, on the machine's own loopback. Client and service share the cores.

    python reference/serve/load.py [throughput] [latency] [held] [restart] [memory] [--rounds 5] [--seconds 10] [--minutes 60] [SONG…]

- throughput: songs a second of `genrenet classify` and of the service, the same files, in turns; the ratio of medians. Also by CPU seconds a song,
  which a loaded machine moves less;
- latency: one song (the one that is named, or an MP3 of 11 s) at 80 % of the throughput that was measured, evenly spaced and at random (Poisson): median and 99th percentile;
- held: 1 000 idle and 200 slow connections, meanwhile requests; then every idle one is used and every slow body ends;
- restart: the service is killed under load and started again: which requests are lost;
- memory: resident memory over so many minutes of uploads of which 1 % are broken (cut, mutated, or the client goes).
"""

import argparse
import os
import random
import resource
import socket
import statistics
import subprocess
import threading
import time
from pathlib import Path

from service import PROGRAM, SONG, Client, Service, allow_files, together, wait_until

THREADS = os.cpu_count() or 1
PARTS = ["throughput", "latency", "held", "restart", "memory"]


def children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_program(files):
    """Seconds and CPU seconds of the program for these files."""
    began, cpu = time.monotonic(), children()
    command = [PROGRAM, "--threads", str(THREADS), "classify", "--json", *files]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began, children() - cpu


def by_service(service, songs):
    """Seconds and CPU seconds of the service for these songs, sent by twice as many clients as there are threads."""
    began, cpu = time.monotonic(), service.cpu()
    waiting, lock = list(songs), threading.Lock()

    def send(_):
        client = Client(service.address)
        while True:
            with lock:
                if not waiting:
                    return client.close()
                song = waiting.pop()
            status, body = client.classify(song)
            assert status == 200, (status, body)

    together(2 * THREADS, send)
    return time.monotonic() - began, service.cpu() - cpu


def throughput(files, rounds, seconds):
    once = by_program(files)[0]
    repeated = files * max(1, round(seconds / once))
    songs = [Path(file).read_bytes() for file in repeated]
    program, service_ = [], []
    with Service() as service:
        by_service(service, songs[: len(files)])
        for _ in range(rounds):
            program.append(by_program(repeated))
            service_.append(by_service(service, songs))
    number = len(repeated)
    clock = [statistics.median(number / one[0] for one in side) for side in (program, service_)]
    cpu = [statistics.median(one[1] / number for one in side) for side in (program, service_)]
    print(f"| {len(files)} files, {number} songs a round, {rounds} rounds | program | service | service / program |")
    print("|---|---|---|---|")
    print(f"| songs a second (median) | {clock[0]:.1f} | {clock[1]:.1f} | {clock[1] / clock[0]:.3f} |")
    print(f"| CPU ms a song (median) | {1000 * cpu[0]:.1f} | {1000 * cpu[1]:.1f} | {cpu[1] / cpu[0]:.3f} |", flush=True)


def latency(song, seconds):
    with Service() as service:
        by_service(service, [song] * 40)

        def most():
            """Songs a second, over some seconds."""
            done, began = 0, time.monotonic()
            while time.monotonic() - began < max(5, seconds / 2):
                by_service(service, [song] * 40)
                done += 40
            return done / (time.monotonic() - began)

        for name in ("evenly", "at random"):
            before = most()
            rate = 0.8 * before
            number = max(50, int(rate * seconds))
            gaps = random.Random(1)
            at, times = 0.0, []
            for _ in range(number):
                at += 1 / rate if name == "evenly" else gaps.expovariate(rate)
                times.append(at)
            took, lock, begin = [], threading.Lock(), time.monotonic() + 0.1

            def send(index):
                client = Client(service.address)
                for due in times[index::32]:
                    time.sleep(max(0.0, begin + due - time.monotonic()))
                    # From when it was due: a client that is late has waited as well.
                    status, _ = client.classify(song)
                    with lock:
                        took.append((time.monotonic() - begin - due, status))

            together(32, send)
            answered = sorted(one for one, status in took if status == 200)
            # A machine that is shared gets slower and faster.
            load = rate / statistics.mean([before, most()])
            median, high = statistics.median(answered), answered[int(0.99 * len(answered))]
            print(
                f"| {name}, {rate:.1f} requests a second ({load:.0%} of what was possible before and after), {number} requests | median {1000 * median:.0f} ms | 99 % {1000 * high:.0f} ms "
                f"| {high / median:.2f} | {number - len(answered)} not answered |",
                flush=True,
            )


def held(song):
    with Service("--head-timeout", 600) as service:
        idle = [socket.create_connection(service.address, 300) for _ in range(1000)]
        head = f"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(song)}\r\n\r\n".encode()
        slow = [socket.create_connection(service.address, 300) for _ in range(200)]
        for one in slow:
            one.sendall(head)
        # A tenth of the body at once, then a kilobyte and a half a second, above the least rate.
        sent, ended = len(song) // 10, threading.Event()
        for one in slow:
            one.sendall(song[:sent])

        def trickle():
            nonlocal sent
            while not ended.wait(1.0) and sent + 1500 < len(song):
                for one in slow:
                    one.sendall(song[sent : sent + 1500])
                sent += 1500

        thread = threading.Thread(target=trickle)
        thread.start()
        began, number = time.monotonic(), 200
        by_service(service, [song] * number)
        took = time.monotonic() - began
        wait_until(lambda: time.monotonic() - began > 30)
        memory = service.memory()
        ended.set()
        thread.join()
        for one in slow:
            one.sendall(song[sent:])
        ends = [one.recv(12) for one in slow]
        finished = sum(end in (b"HTTP/1.1 200", b"HTTP/1.1 429") for end in ends)
        used = 0
        for one in idle:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            used += one.recv(12) == b"HTTP/1.1 200"
        print(f"| held | 1000 idle and 200 slow for 30 s; meanwhile {number} requests in {took:.1f} s, all answered; memory {memory:.0f} MiB |")
        print(f"| afterwards | {used} of 1000 idle connections answer, {finished} of 200 slow bodies with an answer ({ends.count(b'HTTP/1.1 429')} of them 429) |", flush=True)


def restart(song, seconds):
    service = Service()
    counts = {"answered": 0, "lost while running": 0, "refused while down": 0, "lost otherwise": 0}
    lock, end = threading.Lock(), time.monotonic() + seconds
    address, down = service.address, []

    def lost(began):
        """What became of a request without an answer. A killed process takes connections until the system has closed its socket."""
        now = time.monotonic()
        if any(began < killed <= now for killed, _ in down):
            return "lost while running"
        return "refused while down" if any(killed <= began <= again for killed, again in down) else "lost otherwise"

    def send(_):
        client = Client(address)
        while time.monotonic() < end:
            kind, began = "answered", time.monotonic()
            try:
                status, body = client.classify(song)
                assert status == 200, (status, body)
            except OSError:
                kind = lost(began)
                time.sleep(0.01)
            with lock:
                counts[kind] += 1

    def kill(_):
        nonlocal service
        while time.monotonic() < end - 3:
            time.sleep(2)
            down.append((time.monotonic(), float("inf")))
            service.process.kill()
            service.process.wait()
            service = Service(port=address[1])
            down[-1] = (down[-1][0], time.monotonic())

    clients = 2 * THREADS
    together(clients + 1, lambda index: kill(index) if index == clients else send(index))
    service.process.kill()
    print(f"| killed and started again under load | {len(down)} times, {clients} clients | {counts} |", flush=True)
    assert counts["lost otherwise"] == 0 and counts["lost while running"] <= len(down) * clients


def memory(songs, minutes):
    with Service() as service:
        end, lock, counts, samples = time.monotonic() + 60 * minutes, threading.Lock(), {}, []

        def send(index):
            dice, client = random.Random(index), Client(service.address)
            while time.monotonic() < end:
                song = dice.choice(songs)
                kind = "whole"
                if dice.random() < 0.01:
                    kind = dice.choice(["cut", "mutated", "gone"])
                if kind == "cut":
                    song = song[: dice.randrange(len(song))]
                if kind == "mutated":
                    changed = bytearray(song)
                    for _ in range(100):
                        changed[dice.randrange(len(song))] = dice.randrange(256)
                    song = bytes(changed)
                if kind == "gone":
                    with socket.create_connection(service.address) as one:
                        head = f"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(song)}\r\n\r\n"
                        one.sendall(head.encode() + song[: dice.randrange(len(song))])
                else:
                    status, _ = client.classify(song)
                    assert status == 200 or kind != "whole", status
                with lock:
                    counts[kind] = counts.get(kind, 0) + 1

        def sample(_):
            while time.monotonic() < end:
                time.sleep(min(5.0, 60 * minutes / 40))
                samples.append(service.memory())

        clients = 2 * THREADS
        together(clients + 1, lambda index: sample(index) if index == clients else send(index))
        quarter = len(samples) // 4
        parts = [statistics.median(samples[i * quarter : (i + 1) * quarter]) for i in range(4)]
        shown = ", ".join(f"{part:.1f}" for part in parts)
        print(f"| memory over {minutes:g} minutes, {counts} | MiB, medians of the quarters: {shown} | most {max(samples):.1f} | last / second {parts[3] / parts[1]:.3f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="*", help="parts and songs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--minutes", type=float, default=60)
    arguments = parser.parse_intermixed_args()
    parts = [word for word in arguments.words if word in PARTS] or PARTS
    files = [word for word in arguments.words if word not in PARTS]
    files = files or sorted(map(str, SONG.parent.glob("*.*[!d]")))
    allow_files()
    print(f"{THREADS} cores, load average {os.getloadavg()[0]:.1f} at the start")
    song = SONG.read_bytes()
    if "throughput" in parts:
        throughput(files, arguments.rounds, arguments.seconds)
    if "latency" in parts:
        latency(Path(files[0]).read_bytes() if len(files) == 1 else song, arguments.seconds)
    if "held" in parts:
        held(song)
    if "restart" in parts:
        restart(song, 3 * arguments.seconds)
    if "memory" in parts:
        memory([Path(file).read_bytes() for file in files], arguments.minutes)


if __name__ == "__main__":
    main()

"""Vorbis streams for the tests, and our decoder against libvorbis (through libsndfile) over every shape of stream.

    python reference/vorbis.py inputs   # crates/genrenet-audio/tests/audio/vorbis_*.ogg: needs oggenc (vorbis-tools 1.4.2, libvorbis 1.3.7)
    python reference/vorbis.py matrix   # 1-8 channels x qualities -1 to 10, 3 s each: largest difference for each number of channels
    python reference/vorbis.py random N # N streams of random set-up headers and random packets: both floors, all residues, submaps

`matrix` and `random` build and run the `decode` example. Ours is compared with the mean of all channels of libsndfile's floats.
A random stream's samples reach any size: differences are relative to its largest one.
"""

import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parent.parent
AUDIO = ROOT / "crates/genrenet-audio/tests/audio"
RANDOM_INPUTS = [26, 37, 63]
FLOOR0_INPUT = 3
DECODE = ROOT / "target/debug/examples/decode"


# -- encoded sound ------------------------------------------------------------------------------------------------------------

def sound(channels, seconds, rate, seed=1):
    """Moving chords, noise and clicks (so that blocks change their size), different in every channel."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    out = []
    for c in range(channels):
        f = 150 * (1 + 0.37 * c)
        x = 0.2 * np.sin(2 * np.pi * (f + 40 * t) * t) + 0.15 * np.sin(2 * np.pi * 2.5 * f * t + c)
        x += 0.05 * rng.standard_normal(len(t)) * (np.sin(2 * np.pi * 1.5 * t + c) > 0)
        x[int(rate * (0.11 + 0.013 * c)) :: int(rate * 0.19)] += 0.7
        out.append(x)
    # Neighbours share a part, or nothing would be coupled.
    common = 0.2 * np.sin(2 * np.pi * 523 * t)
    return np.stack([x * 0.7 + common for x in out], axis=1).astype(np.float32)


def encode(path, channels, seconds, rate, quality):
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "in.wav"
        soundfile.write(wav, sound(channels, seconds, rate), rate, subtype="PCM_16")
        subprocess.run(["oggenc", "-Q", "--serial", "1", "-q", str(quality), "-o", path, wav], check=True)


# -- random streams -------------------------------------------------------------------------------------------------------------

class Writer:
    """Bits, least significant first."""

    def __init__(self):
        self.value, self.count = 0, 0

    def put(self, value, bits):
        assert 0 <= value < 1 << bits or bits == 0, (value, bits)
        self.value |= value << self.count
        self.count += bits

    def bytes(self):
        return self.value.to_bytes((self.count + 7) // 8, "little")


def ilog(n):
    return n.bit_length()


def lengths(rng, entries):
    """Lengths of a complete prefix code over `entries` words."""
    leaves = [0]
    while len(leaves) < entries:
        # Mostly short words, sometimes a long one.
        i = rng.randrange(len(leaves)) if rng.random() < 0.6 else leaves.index(max(leaves))
        if leaves[i] >= 30:
            i = leaves.index(min(leaves))
        depth = leaves.pop(i) + 1
        leaves += [depth, depth]
    rng.shuffle(leaves)
    return leaves


def pack_float(mantissa, exponent):
    return (1 << 31 if mantissa < 0 else 0) | (exponent + 788) << 21 | abs(mantissa)


class Book:
    def __init__(self, rng, dims, entries, lookup):
        self.dims, self.entries, self.lookup = dims, entries, lookup
        self.lengths = lengths(rng, entries) if entries > 1 else [1]
        if rng.random() < 0.3:
            self.lengths.sort()
        # Some entries without a word.
        self.gaps = rng.random() < 0.4
        if self.gaps:
            for _ in range(rng.randrange(1, 4)):
                self.lengths.insert(rng.randrange(len(self.lengths) + 1), 0)
            self.entries = len(self.lengths)
        self.rng = rng

    def write(self, w):
        rng = self.rng
        w.put(0x564342, 24)
        w.put(self.dims, 16)
        w.put(self.entries, 24)
        ordered = not self.gaps and self.lengths == sorted(self.lengths)
        w.put(int(ordered), 1)
        if ordered:
            length = self.lengths[0]
            w.put(length - 1, 5)
            at = 0
            while at < self.entries:
                run = self.lengths.count(length)
                w.put(run, ilog(self.entries - at))
                at, length = at + run, length + 1
        else:
            w.put(int(self.gaps), 1)
            for length in self.lengths:
                if self.gaps:
                    w.put(int(length > 0), 1)
                if length:
                    w.put(length - 1, 5)
        w.put(self.lookup, 4)
        if self.lookup:
            bits = rng.randrange(2, 7)
            sequence = rng.random() < 0.3
            w.put(pack_float(-rng.randrange(1, 40), -3), 32)
            w.put(pack_float(rng.randrange(1, 30), -4), 32)
            w.put(bits - 1, 4)
            w.put(int(sequence), 1)
            if self.lookup == 1:
                count = next(r for r in range(self.entries + 1, -1, -1) if r**self.dims <= self.entries)
            else:
                count = self.entries * self.dims
            for _ in range(count):
                w.put(rng.randrange(1 << bits), bits)


def setup(rng, channels, sizes, floor):
    """A random set-up header of one kind of floor, and the modes it has: whether each is long."""
    books, w = [], Writer()

    def book(dims, entries, lookup):
        books.append(Book(rng, dims, entries, lookup))
        return len(books) - 1

    def vectors():
        dims = rng.choice([1, 2, 2, 3, 4, 4, 8, 5])
        return book(dims, rng.choice([2, 3, 9, 17, 40, 300]), rng.choice([1, 1, 2]) if floor else 1)

    floors, residues = [], []
    for _ in range(rng.randrange(1, 4)):
        f = Writer()
        if floor == 0:
            f.put(0, 16)
            f.put(rng.randrange(2, 9), 8)
            f.put(44100, 16)
            f.put(rng.choice([32, 64, 256, 1000]), 16)
            f.put(8, 6)
            f.put(rng.randrange(20, 60), 8)
            f.put(0, 4)
            f.put(vectors(), 8)
        else:
            f.put(1, 16)
            partitions = [rng.randrange(0, 3) for _ in range(rng.randrange(0, 8))]
            f.put(len(partitions), 5)
            for p in partitions:
                f.put(p, 4)
            dims = []
            for _ in range(max(partitions, default=-1) + 1):
                dims.append(rng.randrange(1, 7))
                sub = rng.randrange(0, 4)
                f.put(dims[-1] - 1, 3)
                f.put(sub, 2)
                if sub:
                    f.put(book(1, rng.choice([2, 5, 1 << sub, 64]), 0), 8)
                for _ in range(1 << sub):
                    f.put(0 if rng.random() < 0.2 else book(1, rng.choice([2, 3, 11, 50]), 0) + 1, 8)
            f.put(rng.randrange(4), 2)
            total = sum(dims[p] for p in partitions)
            bits = max(ilog(sizes[rng.randrange(2)] // 2 - 1), ilog(total + 2))
            f.put(bits, 4)
            for x in rng.sample(range(1, 1 << bits), total):
                f.put(x, bits)
        floors.append(f)
    for _ in range(rng.randrange(1, 4)):
        r = Writer()
        kind = rng.randrange(3)
        # The reference decoder reads residue 2 as specified only where partitions begin and end with all channels, and
        # residue 0 where vectors fill a partition.
        unit = {0: 120, 1: 1, 2: channels * rng.choice([1, 4, 8])}[kind]
        partition = unit * rng.randrange(1, 5) if kind != 1 else rng.randrange(1, 40)
        begin = unit * rng.randrange(0, 3) if kind != 0 else rng.randrange(0, 20)
        end = begin + rng.randrange(0, sizes[1])
        classes = rng.randrange(1, 6)
        r.put(kind, 16)
        r.put(begin, 24)
        r.put(end, 24)
        r.put(partition - 1, 24)
        r.put(classes - 1, 6)
        dims = rng.randrange(1, 5)
        r.put(book(dims, classes**dims + (rng.choice([0, 0, 3]) if floor else 0) if classes > 1 else 1, 0), 8)
        cascade = [rng.choice([0, 1, 2, 3, 5, 9, 128, 130]) for _ in range(classes)]
        for c in cascade:
            r.put(c & 7, 3)
            r.put(int(c > 7), 1)
            if c > 7:
                r.put(c >> 3, 5)
        for c in cascade:
            for _ in range(bin(c).count("1")):
                wanted = [d for d in range(len(books)) if books[d].lookup]
                reuse = wanted and rng.random() < 0.5
                chosen = rng.choice(wanted) if reuse else vectors()
                if kind == 2 and channels % books[chosen].dims and partition % books[chosen].dims:
                    chosen = book(1, 17, 1)
                r.put(chosen, 8)
        residues.append(r)
    mappings = []
    for _ in range(rng.randrange(1, 3)):
        m = Writer()
        m.put(0, 16)
        submaps = rng.randrange(1, 4) if all_multiples(residues) else 1
        m.put(int(submaps > 1), 1)
        if submaps > 1:
            m.put(submaps - 1, 4)
        steps = rng.randrange(0, 4) if channels > 1 else 0
        m.put(int(steps > 0), 1)
        if steps:
            m.put(steps - 1, 8)
            for _ in range(steps):
                for c in rng.sample(range(channels), 2):
                    m.put(c, ilog(channels - 1))
        m.put(0, 2)
        if submaps > 1:
            for _ in range(channels):
                m.put(rng.randrange(submaps), 4)
        for _ in range(submaps):
            m.put(0, 8)
            m.put(rng.randrange(len(floors)), 8)
            m.put(rng.randrange(len(residues)), 8)
        mappings.append(m)
    modes = [rng.random() < 0.5 for _ in range(rng.randrange(1, 4))]
    for byte in b"\x05vorbis":
        w.put(byte, 8)
    w.put(len(books) - 1, 8)
    for b in books:
        b.write(w)
    w.put(0, 6 + 16)
    for things in (floors, residues, mappings):
        w.put(len(things) - 1, 6)
        for thing in things:
            w.put(thing.value, thing.count)
    w.put(len(modes) - 1, 6)
    for long in modes:
        w.put(int(long), 1)
        w.put(0, 32)
        w.put(rng.randrange(len(mappings)), 8)
    w.put(1, 1)
    return w.bytes(), modes


def all_multiples(residues):
    """Whether submaps of any size are safe: no residue of type 2 among them."""
    return all(r.value & 0xFFFF != 2 for r in residues)


def crc(page):
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value


def page(packets, kind, granule, number):
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    assert len(lacing) < 256, len(lacing)
    head = b"OggS\0" + bytes([kind]) + granule.to_bytes(8, "little") + (7).to_bytes(4, "little") + number.to_bytes(4, "little")
    whole = head + b"\0\0\0\0" + bytes([len(lacing)]) + lacing + b"".join(packets)
    return whole[:22] + crc(whole).to_bytes(4, "little") + whole[26:]


def stream(seed, floor, packets=24):
    """An Ogg file of random headers and random packets."""
    rng = random.Random(seed)
    channels = rng.choice([1, 2, 2, 3, 4, 5, 6, 7, 8]) if floor else 1
    short = rng.randrange(6, 10)
    long = rng.randrange(short, 12)
    sizes = (1 << short, 1 << long)
    identity = b"\x01vorbis" + (0).to_bytes(4, "little") + bytes([channels]) + (44100).to_bytes(4, "little") + bytes(12)
    identity += bytes([long << 4 | short, 1])
    comment = b"\x03vorbis" + bytes(8) + b"\1"
    header, modes = setup(rng, channels, sizes, floor)
    if len(header) > 40_000:
        return None
    out = [page([identity], 2, 0, 0), page([comment, header], 0, 0, 1)]
    granule, before = 0, None
    for i in range(packets):
        mode = rng.randrange(len(modes))
        w = Writer()
        w.put(0, 1)
        w.put(mode, ilog(len(modes) - 1))
        if modes[mode]:
            w.put(rng.randrange(4), 2)
        if floor == 0:
            # A low amplitude, and the only book.
            w.put(rng.randrange(1, 6), 8)
            w.put(0, 1)
        # Half of the packets end early.
        bits = rng.choice([30, 300, 3000, 20_000]) if floor else 3000
        w.put(rng.getrandbits(bits), bits)
        size = sizes[int(modes[mode])]
        granule += 0 if before is None else (before + size) // 4
        before = size
        out.append(page([w.bytes()], 4 if i == packets - 1 else 0, granule, i + 2))
    return b"".join(out)


# -- comparing ------------------------------------------------------------------------------------------------------------------

def by_libvorbis(path):
    """All channels as libvorbis decodes them."""
    try:
        return soundfile.read(path, dtype="float32", always_2d=True)[0]
    except soundfile.LibsndfileError:
        return np.zeros((0, 1), np.float32)


def compare(path):
    """Largest difference, and libvorbis's largest mean; `None` where that has nothing, or amplitudes that are no sound."""
    theirs = by_libvorbis(path)
    out = subprocess.run([DECODE, path], capture_output=True)
    if not len(theirs) or not np.abs(theirs).max() < 1e6:
        return None
    theirs = theirs.mean(axis=1, dtype=np.float64)
    ours = np.frombuffer(out.stdout, "<f4")
    assert len(ours) == len(theirs), f"{path}: {len(ours)} frames, expected {len(theirs)}: {out.stderr.decode()}"
    return float(np.abs(ours - theirs).max()), float(np.abs(theirs).max())


def build():
    subprocess.run(["cargo", "build", "-q", "-p", "genrenet-audio", "--example", "decode"], cwd=ROOT, check=True)


def matrix():
    with tempfile.TemporaryDirectory() as folder:
        for channels in range(1, 9):
            worst = []
            for quality in range(-1, 11):
                path = Path(folder) / "x.ogg"
                encode(path, channels, 3, 44100, quality)
                worst.append(compare(path)[0])
            print(f"{channels} channels: largest difference {max(worst):.1e} ({len(worst)} qualities)")


def randoms(count):
    for floor in (1, 0):
        compared, left_out, worst = 0, 0, []
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(count):
                data = stream(seed, floor)
                if data is None:
                    continue
                path = Path(folder) / f"{seed}.ogg"
                path.write_bytes(data)
                found = compare(path)
                path.unlink()
                if found is None:
                    left_out += 1
                    continue
                compared += 1
                worst.append((found[0] / max(found[1], 1e-3), seed))
        worst.sort(reverse=True)
        print(f"floor {floor}: {compared} random streams, {left_out} left out: largest relative differences",
              ", ".join(f"{difference:.1e} (seed {seed})" for difference, seed in worst[:6]))


def inputs():
    for channels, quality in [(1, 10), (3, 3), (6, 3), (8, -1)]:
        encode(AUDIO / f"vorbis_{channels}ch.ogg", channels, 0.2, 44100, quality)
    # Seeds whose sound is not too loud, with residues 0, 1 and 2, submaps, chains of couplings, and packets that end early.
    for seed in RANDOM_INPUTS:
        (AUDIO / f"vorbis_random{seed}.ogg").write_bytes(stream(seed, 1, packets=8))
    (AUDIO / "vorbis_floor0.ogg").write_bytes(stream(FLOOR0_INPUT, 0, packets=8))


if __name__ == "__main__":
    step, *rest = sys.argv[1:]
    if step == "inputs":
        inputs()
    else:
        build()
        matrix() if step == "matrix" else randoms(int(rest[0]))

"""Memory of the Python package over 100 000 calls: `cargo xtask wheel measure`.

Prints the resident memory after each tenth of the calls, of `classify` with samples, bytes and what fails, and of `embed`. It fails where the
memory of the last half grows by more than 5 % of that of the first.
"""

import io
import resource
import sys
import wave

import numpy as np

import genrenet

CALLS = 100_000
MODEL = genrenet.load()


def resident():
    """Resident memory in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def wav(samples):
    """A WAV file's bytes."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())
    return out.getvalue()


def main():
    samples = (0.3 * np.sin(np.arange(16_000) * 0.05)).astype("float32")
    data = wav(samples)

    def one(i):
        match i % 4:
            case 0:
                MODEL.classify((samples, 16_000))
            case 1:
                MODEL.classify(data)
            case 2:
                MODEL.embed((samples, 16_000))
            case 3:
                try:
                    MODEL.classify(data[:40])
                except genrenet.Error:
                    pass

    marks = []
    for i in range(CALLS):
        one(i)
        if (i + 1) % (CALLS // 10) == 0:
            marks.append(resident())
            print(f"{i + 1} calls: {marks[-1]:.1f} MB", flush=True)
    first, last = max(marks[:5]), max(marks[5:])
    print(f"first half at most {first:.1f} MB, second half {last:.1f} MB")
    sys.exit(last > 1.05 * first)


if __name__ == "__main__":
    main()

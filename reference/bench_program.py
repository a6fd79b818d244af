"""The whole program beside ffmpeg, interleaved in one run, CPU time, ratios of medians.

    cargo build --release -p genrenet-cli
    python reference/bench_program.py [--clips ../shared/data/audio/fma_clips] [--rounds 7] [--files 200]

- clip: `genrenet classify CLIP` over `ffmpeg -threads 1 -i CLIP -f null -`, whole processes; and what ffmpeg takes to start,
  on a tenth of a second of sound;
- start: what `--version` and classifying a second of sound cost, CPU and page faults: the program's start and its model's;
- song: the same for a song of four minutes (eight clips end to end, as MP3);
- formats: the same for every usual format and for half a minute, one, four and ten minutes of sound;
- forty: forty clips in one process of each, so that the start of a process does not count;
- cores: `genrenet classify --threads 1` over `--threads 2` on so many files, by the clock: needs an idle machine;
- memory: the most memory of `classify` on 10 and on 2 000 files, and on one minute and on ten hours of sound, each process
  started by a small one: a process that Python forks counts Python's own memory as its own.
Beside a Python script: reference/musicnn/bench.py --program.
"""

import argparse
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import wave

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(ROOT / "target" / "release" / "genrenet")


def spent(command):
    """CPU seconds and page faults of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_minflt - before.ru_minflt


def cpu(command):
    """CPU seconds of one process."""
    return spent(command)[0]


def clock(command):
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


LAUNCHER = """
import os, sys
quiet = os.open(os.devnull, os.O_WRONLY)
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 1), (os.POSIX_SPAWN_DUP2, quiet, 2)])
print(os.wait4(child, 0)[2].ru_maxrss)
"""


def peak(command):
    """Most memory of one process in MB. Linux counts what the parent held at the fork as the child's, so that the parent
    is a fresh interpreter without a library in it (about 9 MB) and not this one, which may have loaded PyTorch."""
    launched = subprocess.run([sys.executable, "-S", "-E", "-c", LAUNCHER, *command], check=True, capture_output=True, text=True)
    return int(launched.stdout) / 1024


def interleave(rounds, ours, theirs):
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    mine, other = (statistics.median(side) for side in zip(*pairs))
    ratios = sorted(a / b for a, b in pairs)
    return mine, other, mine / other, ratios[0], ratios[-1]


def line(what, mine, other, ratio, low, high, aim):
    print(f"{what:34} {1000 * mine:8.1f} {1000 * other:8.1f}   {ratio:6.3f} ({low:.3f}–{high:.3f})   {aim}", flush=True)


FORMATS = {
    "mp3": ["-c:a", "libmp3lame", "-b:a", "192k"],
    "flac": ["-c:a", "flac"],
    "m4a": ["-c:a", "aac", "-b:a", "128k"],
    "ogg": ["-c:a", "libvorbis", "-q:a", "5"],
    "opus": ["-c:a", "libopus", "-b:a", "128k"],
    "wav": ["-c:a", "pcm_s16le"],
}


def listed(path, sounds):
    """ffmpeg's words for these files end to end as one input; the last one is the list's own path."""
    path.write_text("".join(f"file '{os.path.abspath(sound)}'\n" for sound in sounds))
    return ["-f", "concat", "-safe", "0", str(path)]


def of_every_format(folder, clips):
    """Name and path of the clips end to end for each length, in each format."""
    parts = listed(folder / "all.txt", clips * 20)
    for minutes in (0.5, 1, 4, 10):
        for name, codec in FORMATS.items():
            sound = str(folder / f"sound.{name}")
            make = ["ffmpeg", "-v", "error", "-y", *parts[:-1], "-i", parts[-1], "-t", str(60 * minutes), "-ar", "48000" if name == "opus" else "44100"]
            subprocess.run([*make, *codec, sound], check=True)
            yield f"{name}, {minutes} min", sound


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", type=pathlib.Path, default=ROOT.parent / "shared/data/audio/fma_clips")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--only", default="start,clip,song,formats,forty,cores,memory")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    clips = sorted(str(path) for path in arguments.clips.glob("*.mp3"))
    if not clips:
        raise SystemExit(f"{arguments.clips}: expected mp3 clips, found none")
    one = [PROGRAM, "--threads", "1", "classify"]
    decode = lambda *words: ["ffmpeg", "-nostdin", "-threads", "1", *words[:-1], "-i", words[-1], "-f", "null", "-"]
    print(f"{'':34} {'ours ms':>8} {'peer ms':>8}   ratio (range)          aim")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if "start" in wanted:
            second = str(folder / "second.wav")
            with wave.open(second, "wb") as sound:
                sound.setparams((1, 2, 44100, 0, "NONE", ""))
                sound.writeframes(random.Random(1).randbytes(2 * 44100))
            starts = {"--version": [PROGRAM, "--version"], "classify, 1 s of WAV": [*one, second]}
            runs = [[spent(command) for command in starts.values()] for _ in range(max(31, arguments.rounds))]
            for what, own in zip(starts, zip(*runs)):
                time_spent, faults = (statistics.median(values) for values in zip(*own))
                print(f"{what:34} {1000 * time_spent:8.1f} {'':8}   {faults:.0f} page faults")
        if "clip" in wanted:
            line("one clip over ffmpeg", *interleave(arguments.rounds, lambda: cpu([*one, clips[0]]), lambda: cpu(decode(clips[0]))), "≤ 0.5")
            blink = str(folder / "blink.wav")
            subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=0.1", blink], check=True)
            print(f"{'start of ffmpeg (0.1 s of sound)':34} {'':8} {1000 * statistics.median(cpu(decode(blink)) for _ in range(arguments.rounds)):8.1f}")
        if "forty" in wanted:
            forty = [clips[index % len(clips)] for index in range(40)]
            end_to_end = listed(folder / "forty.txt", forty)
            line("forty clips over ffmpeg", *interleave(arguments.rounds, lambda: cpu([*one, *forty]), lambda: cpu(decode(*end_to_end))), "≤ 0.5")
        if "formats" in wanted:
            for name, sound in of_every_format(folder, clips):
                line(name, *interleave(arguments.rounds, lambda: cpu([*one, sound]), lambda: cpu(decode(sound))), "≤ 0.5")
        if "song" in wanted:
            song = str(folder / "song.mp3")
            parts = listed(folder / "parts.txt", (clips * 2)[:8])
            command = ["ffmpeg", "-v", "error", *parts[:-1], "-i", parts[-1], "-b:a", "192k", song]
            subprocess.run(command, check=True)
            line("four-minute song over ffmpeg", *interleave(arguments.rounds, lambda: cpu([*one, song]), lambda: cpu(decode(song))), "≤ 0.3")
        many = folder / "many"
        many.mkdir()
        for index in range(2000):
            (many / f"{index:04}.mp3").symlink_to(os.path.abspath(clips[index % len(clips)]))
        few = [str(many / f"{index:04}.mp3") for index in range(arguments.files)]
        if "cores" in wanted:
            run = lambda threads: clock([PROGRAM, "--threads", threads, "classify", *few])
            pairs = [(run("1"), run("2")) for _ in range(arguments.rounds)]
            ratio = statistics.median(a / b for a, b in pairs)
            print(f"{f'two cores over one, {len(few)} files':34} {'':17}   {ratio:6.2f}                  ≥ 1.9")
        if "memory" in wanted:
            print(f"memory: 10 files {peak([*one, *few[:10]]):.0f} MB, 2 000 files {peak([*one, str(many)]):.0f} MB", end="; ", flush=True)
            sizes = []
            for minutes in (1, 600):
                sound = str(folder / f"{minutes}.mp3")
                make = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"anoisesrc=r=16000:d={60 * minutes}", "-b:a", "16k", sound]
                subprocess.run(make, check=True)
                sizes.append(peak([*one, sound]))
            print(f"one minute {sizes[0]:.0f} MB, ten hours {sizes[1]:.0f} MB")


if __name__ == "__main__":
    main()

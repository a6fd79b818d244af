"""Small sound files of every format, and what ffmpeg 5.1 decodes them and the test corpus in ../shared to.

    python reference/decode.py inputs   # crates/genrenet-audio/tests/audio/*: needs ffmpeg with libopus, libvorbis, libmp3lame
    python reference/decode.py he_aac   # there too, the HE-AAC files: needs cargo and a C compiler
    python reference/decode.py expected # crates/genrenet-audio/tests/golden/decode.json
    python reference/decode.py table    # docs/FORMATS.md, the table between its two marks; builds and runs the `decode` example

Expected samples are the mean over channels, in 32-bit floats, of what the reference decoder writes. The references:
FLAC: the file's own MD5 (checked by the crate's tests) and ffmpeg; MPEG layer III conformance: the `.pcm` beside it;
Opus: libopus (ffmpeg's own decoder is off in SILK frames); the streams of `reference/vorbis.py`: libvorbis; everything else: ffmpeg's own decoders.
"""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parent.parent
AUDIO = ROOT / "crates/genrenet-audio/tests/audio"
GOLDEN = ROOT / "crates/genrenet-audio/tests/golden/decode.json"
SHARED = Path(os.environ.get("GENRENET_SHARED", ROOT.parent / "shared"))
CORPUS = SHARED / "data/audio/formats"
SONGS = SHARED / "data/audio/songs"
TABLE = ROOT / "docs/FORMATS.md"
PROBES = 24

# Two chords that move, so that no two places and no two channels sound alike; no noise, which AAC codes as random numbers.
LEFT = "0.3*sin(2*PI*220*t)+0.2*sin(2*PI*(330+90*t)*t)+0.1*sin(2*PI*1760*t)*lt(mod(t,0.25),0.05)"
RIGHT = "0.25*sin(2*PI*277*t)+0.2*sin(2*PI*(440-70*t)*t)"


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-bitexact", *map(str, args)], check=True)


def make(name, seconds, rate, channels, *codec):
    """One file of the test sound; `channels` names an ffmpeg layout."""
    layouts = {"mono": 1, "stereo": 2, "5.1": 6}
    exprs = "|".join([LEFT, RIGHT, LEFT, RIGHT, RIGHT, LEFT][: layouts[channels]])
    source = f"aevalsrc='{exprs}':s={rate}:d={seconds}:c={channels}"
    ffmpeg("-f", "lavfi", "-i", source, "-fflags", "+bitexact", "-flags:a", "+bitexact", *codec, AUDIO / name)


def inputs():
    AUDIO.mkdir(parents=True, exist_ok=True)
    short = (0.02, 8000)
    for codec in ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"]:
        make(f"{codec}.wav", *short, "stereo", "-c:a", codec)
    make("surround.wav", *short, "5.1", "-c:a", "pcm_s16le")
    make("rf64.wav", *short, "mono", "-c:a", "pcm_s16le", "-rf64", "always")
    make("mp3_inside.wav", 0.4, 16000, "mono", "-c:a", "libmp3lame", "-b:a", "24k")
    for codec in ["pcm_s8", "pcm_s16be", "pcm_s24be", "pcm_f32be", "pcm_mulaw"]:
        make(f"{codec}.au", *short, "stereo", "-c:a", codec)
    for codec in ["pcm_s8", "pcm_s16be", "pcm_s24be", "pcm_f64be", "pcm_s16le", "pcm_alaw"]:
        make(f"{codec}.aiff", *short, "stereo", "-c:a", codec)
    make("stereo16.flac", 0.3, 8000, "stereo", "-c:a", "flac", "-frame_size", "512")
    make("mono24.flac", 0.15, 8000, "mono", "-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24")
    make("flac.oga", 0.25, 8000, "stereo", "-c:a", "flac", "-frame_size", "512", "-page_duration", "100000")
    make("flac.mp4", 0.2, 8000, "mono", "-c:a", "flac", "-frame_size", "512", "-strict", "-2")
    make("vorbis.ogg", 1.2, 16000, "stereo", "-c:a", "libvorbis", "-q:a", "-1", "-page_duration", "200000")
    make("celt.opus", 1.2, 48000, "stereo", "-c:a", "libopus", "-b:a", "24k", "-application", "lowdelay",
         "-page_duration", "200000")
    low_delay = ["-c:a", "libopus", "-application", "lowdelay"]
    make("celt_short.opus", 0.6, 48000, "stereo", *low_delay, "-b:a", "48k", "-frame_duration", "5")
    make("celt_mono.opus", 0.4, 48000, "mono", *low_delay, "-b:a", "64k", "-frame_duration", "2.5")
    make("celt_long.opus", 1.2, 48000, "stereo", *low_delay, "-b:a", "40k", "-frame_duration", "60")
    make("silk.opus", 1.2, 16000, "mono", "-c:a", "libopus", "-b:a", "8k", "-application", "voip", "-page_duration", "200000")
    make("surround.opus", 0.4, 48000, "5.1", "-c:a", "libopus", "-b:a", "64k")
    make("opus.mp4", 0.6, 48000, "stereo", "-c:a", "libopus", "-b:a", "24k")
    make("aac.m4a", 1.2, 16000, "stereo", "-c:a", "aac", "-b:a", "24k", "-aac_pns", "0")
    make("aac_mono.m4a", 0.6, 22050, "mono", "-c:a", "aac", "-b:a", "24k", "-aac_pns", "0", "-movflags", "+faststart")
    make("aac_fragments.mp4", 1.2, 16000, "mono", "-c:a", "aac", "-b:a", "16k", "-aac_pns", "0",
         "-movflags", "frag_keyframe+empty_moov", "-frag_duration", "250000")
    make("aac.aac", 1.2, 16000, "stereo", "-c:a", "aac", "-b:a", "24k", "-aac_pns", "0")
    make("aac.mov", 0.6, 16000, "stereo", "-c:a", "aac", "-b:a", "24k", "-aac_pns", "0")
    # The first track of sound is AC-3, as in films: the second one is decoded.
    tones = f"aevalsrc='{LEFT}':s=16000:d=0.6:c=mono"
    ffmpeg("-f", "lavfi", "-i", tones, "-filter_complex", "[0]asplit=2[a][b]", "-map", "[a]", "-map", "[b]", "-c:a:0", "ac3",
           "-ar:a:0", "32000", "-b:a:0", "32k", "-c:a:1", "aac", "-b:a:1", "16k", "-aac_pns:1", "0", AUDIO / "ac3_then_aac.mp4")
    make("alac16.m4a", 0.55, 8000, "stereo", "-c:a", "alac")
    make("alac24.m4a", 0.1, 8000, "mono", "-c:a", "alac", "-sample_fmt", "s32p")
    make("alac_surround.m4a", 0.03, 8000, "5.1", "-c:a", "alac")
    make("opus.webm", 0.6, 48000, "stereo", "-c:a", "libopus", "-b:a", "24k")
    make("vorbis.webm", 0.8, 16000, "stereo", "-c:a", "libvorbis", "-q:a", "-1")
    make("aac.mka", 0.6, 16000, "stereo", "-c:a", "aac", "-b:a", "24k", "-aac_pns", "0")
    make("flac.mka", 0.2, 8000, "stereo", "-c:a", "flac", "-frame_size", "512")
    make("alac.mka", 0.55, 8000, "mono", "-c:a", "alac")
    make("mp3.mka", 0.6, 16000, "mono", "-c:a", "libmp3lame", "-b:a", "24k")
    make("mp2.mka", 0.3, 16000, "stereo", "-c:a", "mp2", "-b:a", "64k")
    for codec in ["pcm_u8", "pcm_s16le", "pcm_s24be", "pcm_f32le"]:
        make(f"{codec}.mka", *short, "stereo", "-c:a", codec)
    make("layer2.mp2", 0.3, 16000, "mono", "-c:a", "mp2", "-b:a", "16k")
    make("refused/adpcm.wav", 0.05, 8000, "mono", "-c:a", "adpcm_ms")
    make("refused/surround.m4a", 0.04, 8000, "5.1", "-c:a", "aac", "-b:a", "16k")
    make("refused/wma.wma", 0.04, 16000, "mono", "-c:a", "wmav2", "-b:a", "24k")
    make("refused/tta.tta", 0.05, 8000, "mono", "-c:a", "tta")
    make("refused/wavpack.wv", 0.05, 8000, "mono", "-c:a", "wavpack")
    make("refused/sound.caf", 0.05, 8000, "mono", "-c:a", "pcm_s16be")
    make("refused/ac3.ac3", 0.04, 32000, "mono", "-c:a", "ac3", "-b:a", "32k")
    print(sum(f.stat().st_size for f in AUDIO.rglob("*") if f.is_file()), "bytes in", AUDIO)


# Of several tracks of sound, the one that is decoded, where it is not the first.
TRACK = {"ac3_then_aac.mp4": 1}


def track(path):
    return f"a:{TRACK.get(path.name, 0)}"


def he_aac():
    """HE-AAC of both versions, which ffmpeg can't encode: by Fraunhofer's encoder, as ADTS and (without saying what it is) as M4A."""
    subprocess.run(["cargo", "build", "-q"], cwd=ROOT / "reference/he_aac", check=True)
    source = f"aevalsrc='{LEFT}|{RIGHT}':s=32000:d=1.2"
    samples = subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-f", "s16le", "-"],
                             capture_output=True, check=True).stdout
    for version, bits in [(1, 32000), (2, 16000)]:
        adts = AUDIO / f"he_v{version}.aac"
        coded = subprocess.run([ROOT / "reference/he_aac/target/debug/he_aac", str(version), "32000", str(bits)], input=samples,
                               capture_output=True, check=True).stdout
        adts.write_bytes(coded)
        ffmpeg("-i", adts, "-c", "copy", "-fflags", "+bitexact", adts.with_suffix(".m4a"))


def core_of(path):
    """The packets of an HE-AAC file in a Matroska file whose set-up says that there is no upper band: ffmpeg then plays the core."""
    def element(name, content):
        return bytes.fromhex(name) + (1 << 28 | len(content)).to_bytes(4, "big") + content

    raw, blocks = (AUDIO / f"{path.stem}.aac").read_bytes(), b""
    at, n = 0, 0
    while at < len(raw):
        length = (raw[at + 3] & 3) << 11 | raw[at + 4] << 3 | raw[at + 5] >> 5
        blocks += element("a3", b"\x81" + (64 * n).to_bytes(2, "big") + b"\x80" + raw[at + 7:at + length])
        at, n = at + length, n + 1
    channels = 2 if path.stem == "he_v1" else 1
    # Low complexity, 16 kHz, channels; then the mark of an extension, the upper band's type, "not there".
    bits = f"{2:05b}{8:04b}{channels:04b}000{0x2b7:011b}{5:05b}0".ljust(40, "0")
    track = [element("d7", b"\1"), element("83", b"\2"), element("86", b"A_AAC"),
             element("63a2", int(bits, 2).to_bytes(5, "big")),
             element("e1", element("b5", bytes.fromhex("40cf400000000000")) + element("9f", bytes([channels])))]
    segment = element("1654ae6b", element("ae", b"".join(track))) + element("1f43b675", element("e7", b"\0") + blocks)
    core = Path("/tmp") / f"{path.stem}_core.mka"
    core.write_bytes(element("1a45dfa3", element("4282", b"matroska")) + element("18538067", segment))
    return core


def probe(path):
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", track(path), "-show_entries",
         "stream=codec_name,channels,sample_rate", "-of", "json", path], capture_output=True)
    streams = json.loads(out.stdout or "{}").get("streams") or [{}]
    return streams[0]


def by_ffmpeg(path):
    """Mono samples, rate and the decoder's name; `None` where ffmpeg finds no sound."""
    stream = probe(path)
    channels = int(stream.get("channels", 0))
    if not channels:
        return None
    # ffmpeg's usual decoder of layer II rounds to 16 bits.
    decoder = {"opus": "libopus", "mp2": "mp2float"}.get(stream["codec_name"])
    chosen = ["-c:a", decoder] if decoder else []
    # Where a stream's channels change midway, ffmpeg mixes to those of the start by weights of its own: no reference.
    out = subprocess.run(
        ["ffmpeg", "-v", "error", *chosen, "-i", path, "-map", f"0:{track(path)}", "-f", "f32le", "-c:a", "pcm_f32le", "-"],
        capture_output=True)
    samples = np.frombuffer(out.stdout[: len(out.stdout) // (4 * channels) * (4 * channels)], "<f4")
    if not len(samples):
        return None
    mono = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return mono, int(stream["sample_rate"]), "libopus" if decoder == "libopus" else "ffmpeg"


def by_pcm(path):
    """The conformance bitstream's own decoded form: 16-bit samples of as many channels as the stream has."""
    # ffmpeg takes the free-format stream, which is stereo at 44 100 Hz, for something else.
    # and says nothing of the illegal ones.
    stereo = path.stem == "l3-he_free" or path.stem.startswith("ILL4")
    stream = {"channels": 2} if stereo else probe(path)
    channels = int(stream.get("channels", 1))
    samples = np.frombuffer(path.with_suffix(".pcm").read_bytes(), "<i2").astype(np.float32) / 32768
    return samples[: len(samples) // channels * channels].reshape(-1, channels).mean(axis=1), 0, ".pcm"


def by_libvorbis(path):
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return samples.mean(axis=1, dtype=np.float32), rate, "libvorbis"


# What ffmpeg 5.1 gets wrong and the FLAC files' own MD5 or the specification gets right.
NO_REFERENCE = {
    "flac-test-files/01 - wrong max blocksize.flac": "MD5",
    "flac-test-files/02 - increasing number of channels.flac": "MD5",
    "flac-test-files/03 - wrong bit depth.flac": "MD5",
    "flac-test-files/04 - changing bitdepth.flac": "MD5",
    "flac-test-files/06 - missing streaminfo metadata block.flac": "none",
    "flac-test-files/07 - other metadata blocks preceding streaminfo metadata block.flac": "MD5",
    "flac-test-files/08 - blocksize 65536.flac": "MD5",
    "flac-test-files/11 - incorrect metadata block length.flac": "MD5",
    "hound/pcmwaveformat-24bit-4byte-48kHz-stereo.wav": "hound's test",
    "hound/waveformatextensible-24bit-4byte-48kHz-stereo.wav": "hound's test",
}


def reference(path, name):
    if path.stem.startswith("he_v"):
        return by_ffmpeg(core_of(path))
    if path.suffix == ".bit" and path.with_suffix(".pcm").exists() and path.with_suffix(".pcm").stat().st_size:
        return by_pcm(path)
    if name in NO_REFERENCE:
        return None
    if name.startswith("tests/audio/vorbis_"):
        return by_libvorbis(path)
    return by_ffmpeg(path)


def files():
    """Every input: (name in the golden file and the table, path)."""
    own = [(f"tests/audio/{p.relative_to(AUDIO)}", p) for p in sorted(AUDIO.rglob("*")) if p.is_file()]
    corpus = [(str(p.relative_to(CORPUS)), p) for p in sorted(CORPUS.rglob("*")) if p.is_file() and p.suffix not in (".pcm", ".txt")]
    songs = [(f"songs/{p.name}", p) for p in sorted(SONGS.glob("*"))]
    return own + corpus + songs


def places(n):
    """PROBES positions spread over n samples, ends included."""
    return sorted({round(i * (n - 1) / (PROBES - 1)) for i in range(PROBES)})


def expected():
    golden = {}
    for name, path in files():
        found = reference(path, name)
        if found is None:
            continue
        mono, rate, source = found
        mono = np.nan_to_num(mono)
        at = places(len(mono))
        rms = float(np.sqrt(np.mean(mono.astype(np.float64) ** 2)))
        golden[name] = {
            "reference": source, "rate": rate, "frames": len(mono), "rms": float(f"{rms:.6g}"),
            "probes": [[i, float(f"{mono[i]:.7g}")] for i in at],
        }
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in golden.items())
    GOLDEN.write_text("{\n" + lines + "\n}\n")
    print(len(golden), "files,", GOLDEN.stat().st_size, "bytes")


def ours(path):
    out = subprocess.run([ROOT / "target/release/examples/decode", path], capture_output=True)
    line = out.stderr.decode().strip()
    if out.returncode:
        return None, line.removeprefix(f"{path}: ")
    return np.frombuffer(out.stdout, "<f4"), line


def compared(name, path):
    """The table's cells: found, frames, against, difference."""
    samples, line = ours(path)
    if samples is None:
        return f"refused: {line}", "", "", ""
    found, rate, channels, _ = line.split(", ")
    what = f"{found}, {rate}, {channels.removesuffix(' channels')} ch"
    truth = reference(path, name)
    if truth is None:
        against = NO_REFERENCE.get(name, "ffmpeg: refuses")
        return what, len(samples), against, "exact" if against == "MD5" else ""
    mono, _, source = truth
    n = min(len(mono), len(samples))
    if source == ".pcm":
        samples = samples.clip(-1, 1)
    worst = float(np.max(np.abs(mono[:n] - samples[:n]))) if n else 0.0
    text = "exact" if worst == 0 else f"{worst:.1e}"
    if len(mono) != len(samples):
        text += f", {len(samples) - len(mono):+} frames"
    return what, len(samples), source, text


def table():
    subprocess.run(["cargo", "build", "--release", "-q", "-p", "genrenet-audio", "--example", "decode"], cwd=ROOT, check=True)
    rows = ["| file | found | sample frames | against | largest difference |", "|---|---|---|---|---|"]
    for name, path in files():
        cells = (name, *compared(name, path))
        rows.append("| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |")
    text = TABLE.read_text()
    begin, end = "<!-- table: begin -->", "<!-- table: end -->"
    pattern = re.compile(re.escape(begin) + ".*" + re.escape(end), re.S)
    assert pattern.search(text), f"no marks in {TABLE}"
    TABLE.write_text(pattern.sub(lambda _: begin + "\n" + "\n".join(rows) + "\n" + end, text))
    print(len(rows) - 2, "files in", TABLE)


if __name__ == "__main__":
    steps = {"inputs": inputs, "he_aac": he_aac, "expected": expected, "table": table}
    for step in sys.argv[1:] or steps:
        steps[step]()

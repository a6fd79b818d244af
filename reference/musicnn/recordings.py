"""The recordings behind the golden values, and a signal made from integers that the Rust tests make bit for bit too."""

import subprocess
from pathlib import Path

import numpy as np

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "audio"
RATE = 16000
# Free to pass on; see crates/genrenet-model/tests/musicnn/README.md. The second at which the stored excerpt starts.
SONGS = {"lets_go_fishin.ogg": 40, "vibe_ace.ogg": 20, "searching.ogg": 40, "nightdream.ogg": 60, "slow_motion_dream.mp3": 4, "speech.ogg": 4}
FILES = (
    [f"songs/{name}" for name in SONGS]
    + [f"formats/rodio/music.{ending}" for ending in ("flac", "mp3", "opus", "ogg", "m4a")]
    + [f"fma_clips/{name}.mp3" for name in ("000002", "000005", "000255", "000574", "000676")]
    + ["fma_songs/Electronic__MegatoneElectron.mp3", "fma_songs/Folk__OrangeJuiceSoniaIsabel.mp3", "fma_songs/Hip-Hop__AnitekTabAnitekBleach.mp3"]
    + ["fma_songs/International__RayaBrassBandPiperkovoOro.mp3", "fma_songs/Pop__AloneNehiloNehilo.mp3"]
)


def chords(n):
    """16-bit samples at 16 kHz, from integers only: two chords of triangle waves, beats of fading noise, then silence.

    All divisions are of non-negative numbers. The noise is a linear congruential generator's upper 12 bits.
    """
    state, out = 1, np.zeros(n, np.int16)
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        if i % 95488 >= 85000:
            continue
        value = 0
        for period in (73, 58, 49) if i % 48000 < 24000 else (82, 61, 27):
            value += abs(4 * (i % period) - 2 * period) * 2500 // period - 2500
        fade = 16 - i % 8000 // 500
        value += (state >> 52) * fade * fade // 16 - 128 * fade * fade
        out[i] = max(-32768, min(32767, value))
    return out


def of_16_bits(samples):
    return samples.astype(np.float32) / np.float32(32768)


def load(path):
    """A file as the authors' extractor loads it, at 16 kHz, mono, f32: librosa.load decodes with libsndfile (MP3 by mpg123, Opus at
    48 kHz), takes the mean of the channels and resamples with soxr_hq. What libsndfile cannot read (m4a) FFmpeg decodes."""
    import librosa

    if path.suffix != ".m4a":
        return librosa.load(path, sr=RATE)[0]
    return load_with_ffmpeg(path)


def load_with_ffmpeg(path):
    """The same with FFmpeg as the decoder."""
    import librosa

    show = ["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels", "-of", "csv=p=0", str(path)]
    rate, channels = (int(v) for v in subprocess.run(show, check=True, capture_output=True, text=True).stdout.strip().split("\n")[0].split(",")[:2])
    decode = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "a:0", "-f", "f32le", "-"]
    samples = np.frombuffer(subprocess.run(decode, check=True, capture_output=True).stdout, np.float32)
    mono = samples.reshape(-1, channels).mean(1, dtype=np.float32)
    return librosa.resample(mono, orig_sr=rate, target_sr=RATE, res_type="soxr_hq")


def some():
    """The songs of ../shared at 16 kHz, mono, f32."""
    return [load(SHARED / "songs" / name) for name in SONGS]

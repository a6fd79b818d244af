"""The same samples in, the same features out: against librosa (0.11 and 1.0), over a matrix of its parameters."""

import warnings

import numpy as np
import pytest

import genrenet

librosa = pytest.importorskip("librosa", reason="librosa is not installed: pip install librosa")

RATE = 22_050

MEL = [
    {},
    {"n_fft": 1024, "hop_length": 256, "n_mels": 64},
    {"n_fft": 1023, "hop_length": 300, "n_mels": 40},
    {"n_fft": 512, "hop_length": 1000, "n_mels": 20, "fmin": 27.5, "fmax": 7600.3},
    {"n_fft": 4096, "n_mels": 256},
]
SHAPE = [{"htk": htk, "norm": norm} for htk in (False, True) for norm in ("slaney", None)]
POWER = [{"power": power, "center": center} for power in (1.0, 2.0, 1.5) for center in (True, False)]
DCT = [
    {"dct_type": dct_type, "dct_norm": norm, "lifter": lifter}
    for dct_type in (1, 2, 3)
    for norm in ("ortho", None)
    for lifter in (0, 22)
]


def sound(seconds=2.0):
    """Decaying harmonics over noise that fades by 90 dB."""
    t = np.arange(int(seconds * RATE)) / RATE
    random = np.random.default_rng(1)
    tones = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 9)) * np.exp(-4 * (t % 0.5))
    noise = random.standard_normal(len(t)) * 10 ** (-4.5 * (t % 0.7) / 0.7)
    return (0.2 * tones + 0.1 * noise).astype(np.float32)


def of_librosa(y, top_db=80.0, n_mfcc=20, dct_type=2, dct_norm="ortho", lifter=0, **mel):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        powers = librosa.feature.melspectrogram(y=y, sr=RATE, **mel)
    decibels = librosa.power_to_db(powers, top_db=top_db)
    mfcc = librosa.feature.mfcc(S=decibels, n_mfcc=n_mfcc, dct_type=dct_type, norm=dct_norm, lifter=lifter)
    return librosa.power_to_db(powers, ref=np.max, top_db=top_db), mfcc


def assert_near(found, expected):
    assert found.dtype == np.float32 and found.shape == expected.shape
    # float32 rounds a value to 6e-8 of it, and librosa's sums of it to a little more.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 + 2e-7 * np.abs(expected).max())


@pytest.mark.parametrize("double", [False, True], ids=["float32", "float64"])
@pytest.mark.parametrize("mel", MEL, ids=str)
@pytest.mark.parametrize("shape", SHAPE, ids=str)
def test_mel_bands(mel, shape, double):
    y = sound()
    log_mel, mfcc = of_librosa(y.astype(np.float64) if double else y, **mel, **shape)
    found = genrenet.features(y, sr=RATE, **mel, **shape)
    assert_near(found.log_mel, log_mel)
    assert_near(found.mfcc, mfcc)


@pytest.mark.parametrize("top_db", [80.0, 30.0, None])
@pytest.mark.parametrize("power", POWER, ids=str)
def test_powers_and_frames(power, top_db):
    y = sound()
    log_mel, mfcc = of_librosa(y, top_db=top_db, **power)
    found = genrenet.features(y, sr=RATE, top_db=top_db, **power)
    assert_near(found.log_mel, log_mel)
    assert_near(found.mfcc, mfcc)


@pytest.mark.parametrize("n_mfcc", [13, 40])
@pytest.mark.parametrize("dct", DCT, ids=str)
def test_cosine_transforms(dct, n_mfcc):
    y = sound()
    _, mfcc = of_librosa(y, n_mels=40, n_mfcc=n_mfcc, **dct)
    assert_near(genrenet.features(y, sr=RATE, n_mels=40, n_mfcc=n_mfcc, **dct).mfcc, mfcc)


@pytest.mark.parametrize("n", [1, 3, 511, 2048, 5000])
def test_short_sounds(n):
    y = sound()[:n]
    log_mel, mfcc = of_librosa(y)
    found = genrenet.features(y, sr=RATE)
    assert_near(found.log_mel, log_mel)
    assert_near(found.mfcc, mfcc)


def test_channels_are_averaged_as_by_to_mono():
    y = np.stack([sound(), sound()[::-1]])
    log_mel, _ = of_librosa(librosa.to_mono(y))
    assert_near(genrenet.features(y, sr=RATE).log_mel, log_mel)


def test_resampled_sound_is_near():
    y = librosa.resample(sound(), orig_sr=RATE, target_sr=44_100)
    log_mel, mfcc = of_librosa(librosa.resample(y, orig_sr=44_100, target_sr=RATE))
    found = genrenet.features((y, 44_100), sr=RATE)
    # The resampler is another one than soxr.
    np.testing.assert_allclose(found.log_mel, log_mel, rtol=0, atol=0.05)
    assert np.abs(found.log_mel - log_mel).mean() < 1e-3
    np.testing.assert_allclose(found.mfcc, mfcc, rtol=0, atol=0.05)

"""`genrenet.features`: shapes, arguments that can't be used, memory."""

import threading

import numpy as np
import pytest

import genrenet


def tone(n=22_050):
    return np.sin(np.arange(n) * 0.06).astype(np.float32)


@pytest.mark.parametrize(
    "settings, text",
    [
        ({"n_fft": 1}, "n_fft = 1: expected 2 to 1048576 samples"),
        ({"n_fft": -1}, "n_fft = -1: expected a whole number above 0"),
        ({"n_fft": 2048.5}, "n_fft = 2048.5: expected a whole number above 0"),
        ({"hop_length": 0}, "hop_length = 0: expected 1 to 1048576 samples"),
        ({"sr": 10}, "sr = 10: expected"),
        ({"sr": "22050"}, "sr = '22050': expected a whole number of Hz"),
        ({"n_mfcc": 129}, "n_mfcc = 129: expected 1 to n_mels = 128"),
        ({"fmin": 9000.0, "fmax": 8000.0}, "fmax = 8000: expected a frequency above fmin = 9000"),
        ({"norm": "l2"}, "norm = \"l2\": expected \"slaney\" or None"),
        ({"dct_norm": 3}, "dct_norm = 3: expected \"ortho\" or None"),
        ({"dct_type": 4}, "dct_type = 4: expected 1, 2 or 3"),
        ({"power": float("nan")}, "power = NaN: expected an exponent above 0"),
        ({"lifter": -1}, "lifter = -1: expected 0 or more"),
        ({"center": "yes"}, "center = 'yes': expected True or False"),
        ({"center": False, "n_fft": 32_768}, "n_fft = 32768: expected at most the 22050 samples"),
    ],
    ids=str,
)
def test_arguments_are_named(settings, text):
    with pytest.raises(genrenet.InputError) as caught:
        genrenet.features(tone(), **settings)
    assert text in str(caught.value)
    assert caught.value.kind == "input"


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0, np.float32), np.zeros(100, np.int16), np.full(100, np.nan, np.float32), np.zeros((2, 3, 4), np.float32)],
    ids=["empty", "integers", "nan", "three axes"],
)
def test_samples_that_are_none(samples):
    with pytest.raises(genrenet.Error):
        genrenet.features(samples)


def test_a_file_gives_the_features_of_its_samples(tmp_path):
    import wave

    pcm = (tone() * 32_767).astype("<i2")
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22_050, len(pcm), "NONE", ""))
        file.writeframes(pcm.tobytes())
    expected = genrenet.features((pcm / np.float32(32_768), 22_050))
    for sound in (path, str(path), path.read_bytes()):
        found = genrenet.features(sound)
        np.testing.assert_array_equal(found.log_mel, expected.log_mel)
        np.testing.assert_array_equal(found.mfcc, expected.mfcc)
        assert (found.rate, found.seconds) == (22_050, 1.0)


def test_any_layout_of_samples_is_taken():
    samples = np.stack([tone(), tone()[::-1]])
    expected = genrenet.features(samples).log_mel
    for other in (np.asfortranarray(samples), samples.astype(np.float64), np.repeat(samples, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(genrenet.features(other).log_mel, expected)
    np.testing.assert_array_equal(genrenet.features(tone()[::-1]).mfcc, genrenet.features(tone()[::-1].copy()).mfcc)


def test_threads_compute_the_same():
    expected = genrenet.features(tone()).mfcc
    found = [None] * 8

    def compute(i):
        found[i] = genrenet.features(tone()).mfcc

    threads = [threading.Thread(target=compute, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mfcc in found:
        np.testing.assert_array_equal(mfcc, expected)

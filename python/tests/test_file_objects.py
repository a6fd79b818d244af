"""File objects: what they raise, what they give, kinds with their own ways."""

import array
import io
import mmap
import pathlib

import numpy as np
import pytest

import genrenet

MODEL = genrenet.load()


class Raising(io.BytesIO):
    """A file object that raises after some bytes."""

    def __init__(self, data, exception, after=0):
        super().__init__(data)
        self.exception, self.left = exception, after

    def read(self, size=-1):
        if self.left <= 0:
            raise self.exception
        self.left -= 1
        return super().read(size)


class Empty(io.BytesIO):
    """A file object that has a length and no bytes."""

    def read(self, *_):
        return b""


@pytest.mark.parametrize("after", [0, 1])
def test_what_a_file_object_raises_is_the_cause(song, after):
    data = pathlib.Path(song).read_bytes()
    fault = RuntimeError("the server is gone")
    with pytest.raises(genrenet.SoundError, match="the server is gone") as caught:
        MODEL.classify(Raising(data[: 40_000 * after + 100], fault, after))
    assert caught.value.__cause__ is fault
    answers = list(MODEL.classify_many([Raising(data[:100], fault), song]))
    assert answers[0].error.__cause__ is fault and answers[1].song is not None


@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit, MemoryError])
def test_what_is_not_about_one_sound_comes_through(song, exception):
    data = pathlib.Path(song).read_bytes()
    for after in (0, 1):
        with pytest.raises(exception):
            MODEL.classify(Raising(data, exception(), after))
        with pytest.raises(exception):
            list(MODEL.classify_many([Raising(data, exception(), after), song]))
        with pytest.raises(exception):
            MODEL.classify_batch([Raising(data, exception(), after), song])
        with pytest.raises(exception):
            genrenet.features(Raising(data, exception(), after))


def test_a_file_object_without_bytes_is_empty():
    for sound in (Empty(bytes(1000)), io.BytesIO()):
        with pytest.raises(genrenet.SoundError, match="empty"):
            MODEL.classify(sound)


def test_a_file_in_memory_is_taken(song):
    with open(song, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert MODEL.classify(mapped).genres == MODEL.classify(song).genres


def test_a_path_in_bytes_is_explained():
    with pytest.raises(genrenet.SoundError, match="for a path use os.fsdecode"):
        MODEL.classify(b"/music/song.mp3")
    with pytest.raises(genrenet.SoundError) as caught:
        MODEL.classify(bytes(5000))
    assert "fsdecode" not in str(caught.value)


def test_text_that_is_no_path_is_named():
    with pytest.raises(genrenet.InputError, match=r"'\\ud800': expected a path"):
        MODEL.classify("\ud800")


TONE = 0.3 * np.sin(np.arange(3 * 22_050) * 0.05)


def test_a_memoryview_of_numbers_is_no_file():
    view = memoryview(array.array("d", TONE))
    with pytest.raises(genrenet.InputError, match="(samples, rate)"):
        MODEL.classify(view)
    expected = MODEL.classify((TONE, 22_050)).genres
    assert MODEL.classify((view, 22_050)).genres == expected
    assert MODEL.classify((TONE.tolist(), 22_050)).genres == expected


def test_masked_samples_are_refused():
    masked = np.ma.masked_array(TONE, mask=TONE > 0.29)
    for call in (lambda: MODEL.classify((masked, 22_050)), lambda: genrenet.features(masked)):
        with pytest.raises(genrenet.InputError, match="masked array"):
            call()
    assert MODEL.classify((np.ma.masked_array(TONE), 22_050)).seconds == 3.0


@pytest.mark.filterwarnings("error")
def test_samples_beyond_float32_are_refused_without_a_warning():
    for value, says in [(1e300, "a peak of 1e300"), (-40.0, "a peak of 40"), (float("inf"), "found inf at sample 7")]:
        samples = TONE.copy()
        samples[7] = value
        with pytest.raises(genrenet.InputError, match=says):
            MODEL.classify((samples, 22_050))


def test_samples_of_other_kinds_are_the_same():
    expected = genrenet.features(TONE.astype("float32")).log_mel
    for kind in (">f4", ">f8", "f8", "longdouble"):
        np.testing.assert_array_equal(genrenet.features(TONE.astype("float32").astype(kind)).log_mel, expected)


@pytest.mark.parametrize("rate", [True, np.True_, "22050", 0.5, float("nan")], ids=repr)
def test_a_rate_that_is_none(rate):
    with pytest.raises(genrenet.InputError, match="rate = "):
        MODEL.classify((TONE, rate))
    with pytest.raises(genrenet.InputError, match="sr = .*or None for the sound's own rate"):
        genrenet.features(TONE, sr=rate)


def test_samples_alone_in_any_form_have_features():
    expected = genrenet.features(TONE).log_mel
    both = genrenet.features(np.stack([TONE, TONE])).log_mel
    for sound in (TONE.tolist(), array.array("d", TONE), memoryview(TONE)):
        np.testing.assert_array_equal(genrenet.features(sound).log_mel, expected)
    np.testing.assert_array_equal(genrenet.features([TONE.tolist()] * 2).log_mel, both)
    np.testing.assert_array_equal(genrenet.features(TONE, sr=22_050.0).log_mel, expected)
    with pytest.raises(genrenet.InputError, match="inhomogeneous"):
        genrenet.features([[0.1, 0.2], [0.3]])
    with pytest.raises(genrenet.InputError, match="sr = 0"):
        genrenet.features(TONE, sr=0)
    with pytest.raises(genrenet.InputError, match="n_fft = True"):
        genrenet.features(TONE, n_fft=True)

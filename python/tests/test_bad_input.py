"""What can't be used is refused with what was expected and what was found."""

import io
import pickle

import numpy as np
import pytest

import genrenet

MODEL = genrenet.load()
TONE = (0.3 * np.sin(np.arange(3 * 22_050) * 0.05)).astype("float32")
NAN = np.where(np.arange(len(TONE)) == 7, np.nan, TONE)


class Pipe(io.RawIOBase):
    """A file object that can't seek."""

    def readable(self):
        return True


class Broken(io.BytesIO):
    """A file object whose reads fail."""

    def read(self, *_):
        raise OSError("the cable is out")


@pytest.mark.parametrize(
    ("sound", "says"),
    [
        ((TONE.astype("int16"), 22_050), "divide PCM"),
        ((TONE > 0, 22_050), "found bool"),
        ((TONE.astype("complex64"), 22_050), "found complex64"),
        ((np.array(["a", "b"]), 22_050), "expected samples in floating point"),
        ((TONE * 32_768, 22_050), "divide PCM by its full scale"),
        ((NAN, 22_050), "found NaN at sample 7"),
        ((np.full(30_000, np.inf), 22_050), "found inf at sample 0"),
        ((np.zeros(0, "float32"), 22_050), "empty array"),
        ((np.zeros((2, 0), "float32"), 22_050), "empty array"),
        ((np.stack([TONE, TONE], axis=1), 22_050), "transpose it"),
        ((np.zeros((2, 2, 100), "float32"), 22_050), "[2, 2, 100]"),
        ((np.float32(0.5), 22_050), "[]"),
        ((TONE, 0), "rate = 0"),
        ((TONE, -5), "rate = -5"),
        ((TONE, 22_050.5), "rate = 22050.5"),
        ((TONE, None), "rate = None"),
        ((TONE,), "a pair (samples, rate)"),
        (TONE, "(samples, rate)"),
        (7, "found int"),
        (None, "found NoneType"),
        (Pipe(), "can seek"),
    ],
)
def test_what_is_no_sound(sound, says):
    with pytest.raises(genrenet.InputError) as caught:
        MODEL.classify(sound)
    assert says in str(caught.value)
    assert caught.value.kind == "input"
    assert isinstance(caught.value, ValueError)
    # One of many: the others are answered.
    answers = list(MODEL.classify_many([sound, (TONE, 22_050)]))
    assert says in str(answers[0].error) and answers[1].song is not None


def test_sounds_that_cannot_be_decoded(tmp_path):
    text = tmp_path / "text.mp3"
    text.write_text("not music at all, only letters")
    empty = tmp_path / "empty.wav"
    empty.touch()
    for sound, kind in [
        (str(text), "format"),
        (str(empty), "format"),
        (str(tmp_path), "io"),
        (str(tmp_path / "missing.mp3"), "io"),
        (b"", "format"),
        ((np.zeros(66_150), 22_050), "silent"),
        ((TONE[:1000], 22_050), "short"),
    ]:
        with pytest.raises(genrenet.SoundError) as caught:
            MODEL.classify(sound)
        assert caught.value.kind == kind, sound
        if isinstance(sound, str):
            assert caught.value.path == sound and str(caught.value).startswith(sound)
        else:
            assert caught.value.path is None


def test_file_objects_that_fail(song):
    with open(song, "rb") as file:
        pass
    with pytest.raises(genrenet.InputError, match="closed"):
        MODEL.classify(file)
    with pytest.raises(genrenet.SoundError, match="the cable is out"):
        MODEL.classify(Broken(b"RIFF" + bytes(100)))
    with open(__file__, encoding="utf-8") as text:
        with pytest.raises(genrenet.SoundError, match="\"rb\""):
            MODEL.classify(text)
    table = MODEL.classify_batch([Broken(b"RIFF"), song])
    assert len(table) == 2


def test_exceptions_are_one_family_and_can_be_pickled():
    with pytest.raises(genrenet.Error) as caught:
        MODEL.classify("missing.mp3")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is genrenet.SoundError
    assert (again.kind, again.path, str(again)) == ("io", "missing.mp3", str(caught.value))


def test_what_is_no_iterable():
    with pytest.raises(TypeError):
        MODEL.classify_many(7)

"""Log-mel spectrograms and MFCC, as librosa computes them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _genrenet

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .model import Sound

__all__ = ["Features", "features"]


@dataclass(frozen=True, eq=False)
class Features:
    """Features of a whole sound.

    Attributes
    ----------
    log_mel : numpy.ndarray
        float32 ``[n_mels, frames]`` in dB, the lowest band first: 0 is the loudest value, ``-top_db`` the floor.
    mfcc : numpy.ndarray
        float32 ``[n_mfcc, frames]``.
    rate : int
        The rate in Hz at which they were computed.
    seconds : float
        Length of the sound.
    """

    log_mel: np.ndarray
    mfcc: np.ndarray
    rate: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return dict(self.__dict__)


def features(
    sound: Sound | npt.ArrayLike,
    *,
    sr: float | None = 22050,
    n_fft: int = 2048,
    hop_length: int = 512,
    n_mels: int = 128,
    n_mfcc: int = 20,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | None = "slaney",
    power: float = 2.0,
    center: bool = True,
    top_db: float | None = 80.0,
    dct_type: int = 2,
    dct_norm: str | None = "ortho",
    lifter: float = 0.0,
) -> Features:
    """The log-mel spectrogram and the MFCC of a sound; names and defaults are librosa's.

    They are ``librosa.power_to_db(M, ref=np.max, top_db=top_db)`` and ``librosa.feature.mfcc(S=librosa.power_to_db(M, top_db=top_db), …)`` of
    ``M = librosa.feature.melspectrogram(y=y, sr=sr, …)``, within 1e-4 on the same samples. Channels are averaged.

    Parameters
    ----------
    sound : path, bytes, file object, (samples, rate), or samples
        Samples alone (an array, a list, an ``array.array``, a memoryview of numbers) have the rate ``sr``; others are resampled to it.
    sr : number, optional
        Rate in Hz of the features, a whole number; None: the sound's own.
    n_fft, hop_length : int
        Samples of a frame (its window is Hann), and from one frame to the next.
    n_mels, fmin, fmax, htk, norm
        The mel bands: their number, edges in Hz (``fmax=None``: half the rate), scale (Slaney's or the HTK's), and ``"slaney"`` for bands of
        unit area or None.
    power : float
        Exponent of the magnitudes.
    center : bool
        Frames centred on their times, with zeros around the signal, or beginning there.
    top_db : float, optional
        Decibels below the loudest value at which all that is quieter is clipped.
    n_mfcc, dct_type, dct_norm, lifter
        The MFCC: their number, the type (1, 2, 3) and norm (``"ortho"`` or None) of the cosine transform, and the liftering.

    Raises
    ------
    InputError
        Samples or an argument that can't be used.
    SoundError
        A sound that can't be decoded.

    Examples
    --------
    >>> import genrenet, numpy
    >>> tone = numpy.sin(numpy.arange(44_100) * 0.06)
    >>> found = genrenet.features(tone, sr=22_050)
    >>> found.log_mel.shape, found.mfcc.shape, found.seconds
    ((128, 87), (20, 87), 2.0)
    >>> genrenet.features((tone, 44_100), n_mels=40, htk=True, center=False).log_mel.shape
    (40, 40)
    """
    settings = dict(locals())
    del settings["sound"]
    pair = sr is not None and _is_samples(sound)
    return Features(*_genrenet.features((sound, sr) if pair else sound, settings))


def _is_samples(sound: Any) -> bool:
    """Whether it is samples alone, without their rate."""
    if isinstance(sound, memoryview):
        return sound.format not in ("B", "b", "c")
    return isinstance(sound, (list, array)) or hasattr(sound, "__array__")

"""Gives every second valid request of schemathesis a real song as its body, or the path of a song in the index, so that it is answered."""

import os

import schemathesis
from service import SONG

BYTES = SONG.read_bytes()
counts = {}


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    counts[path] = counts.get(path, 0) + 1
    if case.meta is None or not case.meta.generation.mode.is_positive or counts[path] % 2:
        return
    # In a form, bytes are taken for what is no string.
    if path in ("/v1/classify", "/v1/embed") and case.media_type != "multipart/form-data":
        case.body = BYTES
    if path == "/v1/similar":
        case.query["song"] = [os.environ["GENRENET_INDEXED"]]

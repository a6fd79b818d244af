"""Reads a TensorFlow checkpoint (version 2) without TensorFlow: the `.index` is a LevelDB table of names, the `.data` file raw arrays.

Enough for musicnn's: one shard, little-endian f32, an index without compression; anything else is refused.
"""

import numpy as np

MAGIC = 0xDB4775248B80FB57


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def block(data, offset, size):
    """The entries of one block of a table: keys share a prefix with the one before; the list of restarts at the end is skipped."""
    if data[offset + size] != 0:
        raise ValueError("the index is compressed, which this reader does not know")
    end = offset + size
    end -= 4 + 4 * int.from_bytes(data[end - 4 : end], "little")
    key, at = b"", offset
    while at < end:
        shared, at = varint(data, at)
        more, at = varint(data, at)
        length, at = varint(data, at)
        key = key[:shared] + data[at : at + more]
        yield key.decode(), data[at + more : at + more + length]
        at += more + length


def fields(message):
    """The fields of a protocol buffer: number → values (integers, or bytes)."""
    found, at = {}, 0
    while at < len(message):
        tag, at = varint(message, at)
        if tag & 7 == 0:
            value, at = varint(message, at)
        else:
            size, at = (4, at) if tag & 7 == 5 else (8, at) if tag & 7 == 1 else varint(message, at)
            value, at = message[at : at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def read(prefix):
    """All arrays of the checkpoint whose files are `prefix`.index and `prefix`.data-00000-of-00001."""
    with open(f"{prefix}.index", "rb") as file:
        table = file.read()
    with open(f"{prefix}.data-00000-of-00001", "rb") as file:
        data = file.read()
    if int.from_bytes(table[-8:], "little") != MAGIC:
        raise ValueError(f"{prefix}.index: not a table")
    _, at = varint(table, len(table) - 48)
    _, at = varint(table, at)
    offset, at = varint(table, at)
    size, at = varint(table, at)
    arrays = {}
    for _, handle in block(table, offset, size):
        start, at = varint(handle, 0)
        for name, entry in block(table, start, varint(handle, at)[0]):
            if name:  # the empty name is the header
                entry = fields(entry)
                if entry[1] != [1]:
                    raise ValueError(f"{prefix}: {name} is not f32")
                shape = [fields(dim).get(1, [0])[0] for dim in fields(entry[2][0]).get(2, [])]
                first, length = entry.get(4, [0])[0], entry[5][0]
                arrays[name] = np.frombuffer(data[first : first + length], "<f4").reshape(shape)
    return arrays

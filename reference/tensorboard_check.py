"""Reads the event files of a run as TensorBoard does, checksums included, and prints each scalar.

    python reference/tensorboard_check.py runs/NAME
"""

import json
import struct
import sys
from pathlib import Path


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size, at = varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at : at + size], at + size
        yield key >> 3, value


def records(data):
    at = 0
    while at < len(data):
        head = data[at : at + 8]
        (size,) = struct.unpack("<Q", head)
        body = data[at + 12 : at + 12 + size]
        sums = struct.unpack_from("<I", data, at + 8) + struct.unpack_from("<I", data, at + 12 + size)
        assert sums == (masked_crc(head), masked_crc(body)), f"checksum of the record at {at}"
        yield body
        at += 16 + size


def main(run):
    scalars = {}
    for path in sorted((run / "tensorboard").iterdir()):
        for number, body in enumerate(records(path.read_bytes())):
            event = dict(fields(body))
            assert number > 0 or event[3] == b"brain.Event:2", "the first record names the version"
            for key, value in fields(event.get(5, b"")):
                assert key == 1
                tag, number_of = dict(fields(value))[1], dict(fields(value))[2]
                scalars[tag.decode(), event[2]] = struct.unpack("<f", number_of)[0]
    history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    for line in history:
        found = scalars["accuracy/validation", line["epoch"]]
        assert abs(found - line["validation_accuracy"]) < 1e-6, (line["epoch"], found)
    print(f"{len(scalars)} scalars of {len(history)} epochs agree with history.jsonl")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

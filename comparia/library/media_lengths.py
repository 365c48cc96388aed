"""Lengths of recordings whose formats tinytag does not read: Matroska and WebM (RFC 9559), AAC in frames (ADTS).

Only headers are read, in steps that are counted: whatever a file says of itself, no more of it is read than that.
"""

from __future__ import annotations

import math
import struct
from typing import IO

_SEGMENT, _INFO, _SCALE, _DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
_CLUSTER, _TIMESTAMP = 0x1F43B675, 0xE7
_MOST_ELEMENTS = 200_000
"""Elements of a file that are looked at: clusters of 24 hours, one a second, twice over."""
_MOST_FRAMES = 6_000_000
"""Frames of an AAC file that are counted: 24 hours at 48 kHz, and half as much again."""
_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_SAMPLES = 1024
"""Samples of one frame of AAC."""
_LONGEST = 10**7
"""Seconds that no recording lasts."""


def of_matroska(file: IO[bytes]) -> float | None:
    """Return the length of a Matroska or WebM file, in seconds; None where it is damaged.

    It is the duration that its header gives; recorders of browsers write none: it is then the time of the last cluster,
    which a second or so follows.
    """
    scale, duration, last = 1_000_000, 0.0, 0
    inside: list[int] = []  # ends of the elements that are gone into
    for _step in range(_MOST_ELEMENTS):
        while inside and file.tell() >= inside[-1]:
            inside.pop()
        found = _element(file)
        if found is None:
            break
        name, size = found
        start = file.tell()
        if name in (_SEGMENT, _INFO, _CLUSTER):
            inside.append(start + size if size is not None else _LONGEST**3)
            continue
        if size is None:
            break
        if name == _SCALE:
            scale = _whole(file.read(min(size, 8))) or scale
        elif name == _DURATION and size in (4, 8):
            duration = _real(file.read(size))
        elif name == _TIMESTAMP:
            last = max(last, _whole(file.read(min(size, 8))))
            if len(inside) > 1 and inside[-1] < _LONGEST**2:  # the rest of the cluster is frames
                file.seek(inside[-1])
                continue
        if duration and name not in (_SCALE, _DURATION):
            break
        file.seek(start + size)
    ticks = duration or float(last)
    seconds = ticks * scale / 1e9
    return round(seconds, 3) if 0 < seconds < _LONGEST else None


def of_adts(file: IO[bytes]) -> float | None:
    """Return the length of a file of AAC frames, in seconds, by counting them; None where it is damaged."""
    seconds, position = 0.0, 0
    end = file.seek(0, 2)
    file.seek(0)
    for _frame in range(_MOST_FRAMES):
        head = file.read(7)
        if len(head) < 7:
            break
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        rate = head[2] >> 2 & 15
        if head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or size < 7 or rate >= len(_RATES):
            return None
        if position + size > end:
            break
        seconds += _SAMPLES * ((head[6] & 3) + 1) / _RATES[rate]
        position += size
        file.seek(position)
    return round(seconds, 3) if 0 < seconds < _LONGEST else None


def _element(file: IO[bytes]) -> tuple[int, int | None] | None:
    """Read the head of an EBML element: its name and its size in bytes, None for one of unknown size."""
    name = _number(file, with_marker=True)
    size = _number(file, with_marker=False)
    if name is None or size is None:
        return None
    return name, None if size < 0 else size


def _number(file: IO[bytes], *, with_marker: bool) -> int | None:
    """Read a number of variable length; -1 for a size that is unknown, None at the end or where it is none."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    if len(rest) < length - 1:
        return None
    value = int.from_bytes(first + rest, "big")
    if with_marker:
        return value
    most = (1 << 7 * length) - 1
    value &= most
    return -1 if value == most else value


def _whole(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _real(data: bytes) -> float:
    if len(data) not in (4, 8):
        return 0.0
    value: float = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
    return value if math.isfinite(value) and value > 0 else 0.0

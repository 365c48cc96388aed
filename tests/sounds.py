"""Recordings made for tests: tones, written in pieces."""

import math
import struct
import wave
from pathlib import Path

RATE = 8_000


def tone(path, seconds, rate=RATE):
    """Write a WAV of a low tone, 16 bits, one channel, and return its path."""
    period = struct.pack(
        f"<{rate // 100}h", *(int(3_000 * math.sin(math.tau * n / (rate // 100))) for n in range(rate // 100))
    )
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        for _second in range(int(seconds)):
            out.writeframes(period * 100)
        out.writeframes(period * round(100 * (seconds - int(seconds))))
    return Path(path)


def silence(path, size, rate=16_000):
    """Write a WAV of `size` bytes of silence that takes no room on the disk (a sparse file), and return its path."""
    data = size - 44
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", size - 8, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", data
    )
    with Path(path).open("wb") as out:
        out.write(head)
        out.truncate(size)
    return Path(path)


VTT = """WEBVTT

1
00:00:00.500 --> 00:00:02.000
Ann: We need a bench here,

2
00:00:02.000 --> 00:00:03.500
Ann: in the shade of the old tree.

3
00:00:04.000 --> 00:00:05.500
Ben: And I would keep the buses running late.

4
00:00:06.000 --> 00:00:09.000
Cho: The square is too loud on Saturdays, and nobody says so.
"""
"""A session of nine seconds."""

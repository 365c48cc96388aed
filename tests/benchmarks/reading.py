"""How long reading takes, and how much memory, beside three libraries on the same generated files.

    python -m tests.benchmarks.reading

Each reading is made in a process of its own; memory is what it adds to the process at its highest.
"""

import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

WORDS = "le budget de la ville sera voté demain matin si tout va bien pour les habitants du quartier".split()
CUES = 36_000
TURNS = 1_750
LIMITS = {"sitting.txt": (1.0, 150), "ten_hours.vtt": (1.5, 120), "ten_hours.srt": (1.5, 120)}
"""Most seconds and most megabytes."""


def clock(ms, mark):
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{ms % 1000:03}"


def words(start, count):
    return " ".join(WORDS[(start + k) % len(WORDS)] for k in range(count))


def captions(mark, voice):
    for n in range(CUES):
        said = words(11 * n, 10)  # no caption opens with the end of the one before, or it would be read as scrolling
        said = f"<v Orateur {n // 7 % 9}>{said}</v>" if voice else said
        yield f"{n + 1}\n{clock(n * 1000, mark)} --> {clock(n * 1000 + 900, mark)}\n{said}\n\n"


def files(folder):
    (folder / "sitting.txt").write_text(
        "".join(f"Mme Orateur {'ABCDEFGHI'[n % 9]} : {words(n, 40)}\n\n" for n in range(TURNS)), encoding="utf-8"
    )
    (folder / "ten_hours.vtt").write_text("WEBVTT\n\n" + "".join(captions(".", True)), encoding="utf-8")
    (folder / "ten_hours.srt").write_text("".join(captions(",", False)), encoding="utf-8")


def comparia(path):
    from comparia import ingest

    return lambda: len(ingest.read([path]).cues)


def webvtt_py(path):
    import webvtt

    return lambda: len(webvtt.from_srt(path) if path.endswith("srt") else webvtt.read(path))


def pysubs2(path):
    import pysubs2 as library

    return lambda: len(library.load(path))


def srt(path):
    import srt as library

    return lambda: len(list(library.parse(Path(path).read_text(encoding="utf-8"))))


def measure(reader, path, answers):
    read = reader(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    cues = read()
    took = time.perf_counter() - began
    answers.put((cues, took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))


def main():
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files(folder)
        for file, readers in {
            "sitting.txt": (comparia,),
            "ten_hours.vtt": (comparia, webvtt_py, pysubs2),
            "ten_hours.srt": (comparia, webvtt_py, pysubs2, srt),
        }.items():
            for reader in readers:
                runs = []
                for _ in range(3):
                    answers = context.Queue()
                    process = context.Process(target=measure, args=(reader, str(folder / file), answers))
                    process.start()
                    runs.append(answers.get(timeout=120))
                    process.join()
                cues, seconds, megabytes = min(runs, key=lambda run: run[1])
                verdict = ""
                if reader is comparia and file in LIMITS:
                    most_seconds, most_megabytes = LIMITS[file]
                    verdict = "within" if seconds < most_seconds and megabytes < most_megabytes else "OVER"
                print(f"{file:14} {reader.__name__:10} {cues:6} cues {seconds:6.2f} s {megabytes:5.0f} MB  {verdict}")


if __name__ == "__main__":
    main()

"""Coverage-guided fuzzing of every reader and of the decoding of bytes.

    python tests/benchmarks/fuzzing.py [--seconds 20] [--reader NAME] [--keep 0]

Each reader is fuzzed in a process of its own for that many seconds, from its corpus in `tests/ingest/fuzz_corpus/` and,
where they lie beside this repository, from the real samples it reads (in place, never copied). Whatever is raised but
TranscriptError, a reading that takes too long or too much memory, and lines that decoding loses are findings: each is made
small and written into the corpus, which `tests/ingest/test_hostile_files.py` replays. `--keep 4` adds to the corpus up to
four inputs a reader that reach lines its other files do not; the samples are then left alone, so that nothing kept comes from them.
"""

import argparse
import contextlib
import hashlib
import io
import re
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
CORPUS = TESTS / "ingest" / "fuzz_corpus"
SAMPLES = TESTS.parents[1] / "shared" / "samples"
DECODE = "decode"
LONGEST = 20_000
"""Bytes of an input at most."""
SLOWEST = 10
"""Seconds after which an input is a finding."""
MEGABYTES = 2_000
"""Memory of the process at which an input is a finding: the instrumented code and the fuzzer's own corpus are part of it."""
SMALL = 1_500
"""Bytes of a kept input at most."""
TO_MINIMISE = 5.0
"""Seconds spent on making one finding smaller."""
ABSENT = """atheris is not installed, so nothing was fuzzed. It is not among the locked packages, because only this file
needs it and it has no wheels for every system. To install it:

    .venv/bin/python -m pip install atheris
"""
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
ODT = "application/vnd.oasis.opendocument.text"
TOKENS = (
    "WEBVTT|\n\n|\r\n|\r|-->|00:01.000 --> 00:02.000\n|00:00:01,000 --> 00:00:02,000\n|0:00:01.000,0:00:02.000\n|<v |<v.chat |</v>"
    "|//S01:|//|>>|NOTE |STYLE|Kind: |line:|&amp;|&#|&lt;|<c>|</c>|: | : |Ada: |**Ada:** |[Ada] |M. Le Maire. – |Ada  0:03\n"
    "|00:00:03 Ada\n|10h05 |---\n|# |SPEAKERS\n|Transcribed by https://|[00:00:03] |[10:53] Ada : |12/03/2024, 10:05 - Ada: "
    '|00:00:01\tAda:\t|00:00:01 From Ada to Everyone : | to |(Privately)|(4:50 PM)|Replying to "|Reacted to "|<10:02:11> Ada: '
    '|Transcript of conference held at |<chattimeline in="1" name="a" message="b"/>|[Ada] 21:58:37\n|@Begin\n|@End\n|*ADA:\t'
    '|@Participants:\tADA Ada Adult\n|\x15|File type = "ooTextFile"|Object class = "TextGrid"|intervals [1]:|xmin = |xmax = '
    '|text = "|"IntervalTier"|{|}|[|]|"|,|null|true|1e999|-1|NaN|"segments":[|"text":|"start":|"end":|"speaker":'
    '|"words":[|"word":|"results":{|"items":[|"alternatives":[|"content":|"utterances":[|"channels":[|"chunks":['
    '|"timestamp":[|"transcription":[|"offsets":{|"monologues":[|"elements":[|"value":|"recognizedPhrases":[|"nBest":['
    '|"response":{|"closedCaptions":[|"speaker_labels":{|"partial":|"result":[|"media-time":|"body":|"author":'
    '|"arguments":[|"id":|"votes":|\\ud83d|<TEI>|<u who="#a">|</u>|<speech by="#a">|<akomaNtoso>|<Trans>|<Turn speaker="'
    '|<Sync time="|<Who nb="|<ANNOTATION_DOCUMENT>|<TIER TIER_ID="|<ALIGNABLE_ANNOTATION |<REF_ANNOTATION |TIME_SLOT_REF1="'
    '|<!DOCTYPE x [|<!ENTITY a "b">|<![CDATA[|<!--|-->|<?xml version="1.0" encoding="|charset=|<html>|<body>|<p>|</p>|<b>|</b>'
    "|<i>|<br>|<script>|<table>|<tr>|<td>|<h1>|<w:p>|</w:p>|<w:r>|<w:t>|</w:t>|<w:br/>|<w:tbl>|<w:tr>|<w:tc>|<w:vanish/>|<w:del>"
    '|<text:p>|<text:s text:c="|<text:span>|<table:table>| started transcription|Transcription ended after |00:00:11\n|%PDF-1.7\n'
    "| 0 obj\n|endobj\n|stream\n|endstream\n|/Type/Page|/Kids[|/Contents |/Filter/FlateDecode|/Length |xref\n|trailer\n|startxref\n"
    "|(a) Tj|Tf|Td|id;author/name;body\n|;|\t|sep=;\n|\ufeff|\u00a0|\u200b|\u202e|\u2028|\u0085|é|Ã©|\x00"
).split("|")


def given(name, data):
    """What a reader is handed for an input: readers of documents get words of a document, in a sound container."""
    if "document" not in name or data.startswith(b"PK\x03\x04"):
        return data
    parts = {"[Content_Types].xml": TYPES, "word/document.xml": data}
    if b"office:document-content" in data[:500]:
        parts = {"mimetype": ODT, "content.xml": data}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return file.getvalue()


def attempt(name, data):
    """One input through the reader of that name. A file may be refused; nothing else may be raised."""
    from comparia import ingest
    from comparia.errors import TranscriptError
    from comparia.ingest.source import Source

    with contextlib.suppress(TranscriptError):
        if name == DECODE:
            source = Source.decode(data, "fuzzed", None)
            assert "".join(map("".join, zip(source.lines, source.ends, strict=True))) == source.text
            source.text.encode("utf-8")
            ingest.read_bytes(data, "fuzzed")
        else:
            ingest.read_bytes(given(name, data), "fuzzed", format=name).model_dump_json()


def names():
    from comparia import ingest

    return [DECODE, *ingest.FORMATS]


# In the process of one reader ----------------------------------------------------------------------------------------


def signature(error):
    """What makes two findings one: what was raised, and the innermost line of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "comparia" in Path(frame.filename).parts] or frames
    return f"{type(error).__name__} {Path(ours[-1].filename).name}:{ours[-1].lineno}"


def raised(name, data):
    try:
        attempt(name, data)
    except Exception as error:
        return signature(error)
    return ""


def minimised(name, data, expected):
    """The input with every piece taken out that is not needed to raise the same."""
    until = time.monotonic() + TO_MINIMISE
    size = len(data) // 2
    while size:
        position = 0
        while position < len(data) and time.monotonic() < until:
            shorter = data[:position] + data[position + size :]
            if raised(name, shorter) == expected:
                data = shorter
            else:
                position += size
        size //= 2
    return data


def fuzz(name, found, arguments):
    """Fuzz one reader until its time is over; findings are written as soon as they are met."""
    import atheris

    with atheris.instrument_imports(include=["comparia.ingest", *(["pypdf"] if name == "pdf" else [])]):
        from comparia import ingest  # noqa: F401
    if name == "pdf":
        import pypdf  # noqa: F401
    known = set()

    def one(data):
        error = raised(name, data)
        if error and error not in known:
            known.add(error)
            (found / hashlib.sha256(error.encode()).hexdigest()[:12]).write_bytes(minimised(name, data, error))

    atheris.Setup(["fuzzing", *arguments], one)
    atheris.Fuzz()


def reach(name, folder, kept, count):
    """Keep the inputs, small ones, that reach most lines of ours that the kept ones do not."""
    lines = set()

    def trace(frame, _event, _argument):
        if "ingest" not in Path(frame.f_code.co_filename).parts:
            return None
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    def reached(file):
        lines.clear()
        sys.settrace(trace)
        try:
            raised(name, file.read_bytes())
        finally:
            sys.settrace(None)
        return set(lines)

    covered = set().union(*(reached(file) for file in sorted(kept.glob("*"))), set())
    candidates = sorted((f for f in folder.iterdir() if f.stat().st_size <= SMALL), key=lambda f: f.stat().st_size)
    more = {file: reached(file) - covered for file in candidates[:3_000]}
    for _ in range(count):
        best = max(more, key=lambda file: len(more[file]), default=None)
        if best is None or len(more[best]) < 3:
            break
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"reached-{best.name[:12]}").write_bytes(best.read_bytes())
        gained = more[best]
        more = {file: left - gained for file, left in more.items()}


# All readers ---------------------------------------------------------------------------------------------------------


def samples(name):
    """The real samples that this reader reads."""
    from comparia import ingest
    from comparia.errors import TranscriptError

    for file in sorted(SAMPLES.glob("*/*")):
        with contextlib.suppress(TranscriptError):
            if name == DECODE or ingest.read_bytes(file.read_bytes(), file.name).formats == (name,):
                yield file


def child(*arguments):
    command = [sys.executable, str(Path(__file__).resolve()), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


def fuzzed(name, seconds, keep):
    """Executions, executions a second, and findings of one reader."""
    kept = CORPUS / name
    kept.mkdir(parents=True, exist_ok=True)
    executions, findings = 0, []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        for folder in ("units", "found", "killed"):
            (work / folder).mkdir()
        dictionary = work / "tokens"
        tokens = ("".join(f"\\x{byte:02x}" for byte in token.encode()) for token in TOKENS)
        dictionary.write_text("".join(f'"{token}"\n' for token in tokens if token), "ascii")
        seeds = work / "seeds"
        seeds.write_text(
            ",".join(map(str, () if keep else samples(name))) or str(next(iter(sorted(kept.glob("*"))), "")), "utf-8"
        )
        while (left := int(seconds - (time.monotonic() - began))) > 0:
            options = {
                "seed": 1 + len(findings),
                "max_total_time": left,
                "max_len": LONGEST,
                "timeout": SLOWEST,
                "rss_limit_mb": MEGABYTES,
                "dict": dictionary,
                "seed_inputs": f"@{seeds}" if seeds.stat().st_size else "",
                "print_final_stats": 1,
                "artifact_prefix": f"{work / 'killed'}/",
            }
            flags = [f"-{key}={value}" for key, value in options.items() if value != ""]
            done = child("--child", name, "--found", work / "found", "--", *flags, work / "units", kept)
            counted = re.search(r"number_of_executed_units: (\d+)", done.stderr) or re.search(
                r"#(\d+)\D[^\n]*\n?\Z", done.stderr
            )
            executions += int(counted[1]) if counted else 0
            killed = list((work / "killed").iterdir())
            if done.returncode and not killed:
                raise SystemExit(f"{name}: the fuzzer ended with {done.returncode}:\n{done.stderr[-3000:]}")
            for file in killed:
                target = kept / f"finding-{file.name[:24]}"
                target.write_bytes(file.read_bytes())
                findings.append(f"{file.name.partition('-')[0]} ({target.name})")
                file.unlink()
        took = time.monotonic() - began
        for file in sorted((work / "found").iterdir()):
            target = kept / f"finding-{file.name}"
            target.write_bytes(file.read_bytes())
            findings.append(f"{raised(name, target.read_bytes())} ({target.name})")
        if keep:
            child("--reach", name, "--found", work / "units", "--keep", keep)
    return executions, executions / took, findings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="a reader")
    parser.add_argument("--reader", help="one of the names that `comparia formats` lists, or `decode`")
    parser.add_argument("--keep", type=int, default=0, help="inputs a reader to add to the corpus")
    for hidden in ("--child", "--reach", "--found"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        fuzz(asked.child, Path(asked.found), asked.arguments)
    if asked.reach:
        reach(asked.reach, Path(asked.found), CORPUS / asked.reach, asked.keep)
        return
    try:
        import atheris  # noqa: F401
    except ImportError:
        print(ABSENT)
        return
    if asked.reader and asked.reader not in names():
        parser.error(f"--reader is one of {', '.join(names())}")
    print(f"{'reader':20} {'executions':>10} {'a second':>9}  findings", flush=True)
    total = 0
    for name in [asked.reader] if asked.reader else names():
        executions, rate, findings = fuzzed(name, asked.seconds, asked.keep)
        total += len(findings)
        print(f"{name:20} {executions:10,} {rate:9,.0f}  {'; '.join(findings) or 'none'}", flush=True)
    sys.exit(total > 0)


if __name__ == "__main__":
    main()

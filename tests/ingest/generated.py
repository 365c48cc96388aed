"""A made-up session written in every format that is read: what the invariants are tried on beside the real samples."""

import csv
import io
import json
from xml.sax.saxutils import escape, quoteattr

import openpyxl

from comparia import ingest
from tests.ingest.test_annotation import aligned, eaf, long_form, tier
from tests.ingest.test_documents import paragraphs
from tests.ingest.test_pdf import pages

NAMES = ("Ada Martin", "Élodie Petit", "Bob Durand")
PHRASES = (
    "Bonsoir à toutes et à tous.",
    "La place du marché doit rester ouverte le samedi matin.",
    "Je ne suis pas d’accord : il faut aussi penser aux riverains !",
    "Combien cela coûte-t-il, 3 400 000 euros hors taxes ?",
    "Les élu·es ont dit « peut-être », et rien n’est décidé.",
    'Le P&L de la R&D, c’est "autre chose", 12 % à 18:30.',
    "Note que la question « est-ce bien utile ? » reste entière…",
    "Merci.",
)


def session(rng, size=12):
    """Cues as name, start, end (in ms, in order) and words, no two alike; everyone speaks at least twice."""
    names = list(NAMES) * 2 + [rng.choice(NAMES) for _ in range(size - 6)]
    rng.shuffle(names)
    cues, at = [], 1000
    for n, name in enumerate(names, start=1):
        start, at = at, at + 1000 * rng.randint(2, 90)
        cues.append((name, start, at - 500, f"{rng.choice(PHRASES)} Ceci est le point {n}."))
    return cues


def clock(ms, mark):
    """`HH:MM:SS.mmm`, with `mark` before the milliseconds."""
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{ms % 1000:03}"


def short(ms):
    """`HH:MM:SS`."""
    return clock(ms, ".")[:8]


def vtt(cues):
    return "WEBVTT\n\n" + "".join(
        f"{clock(start, '.')} --> {clock(end, '.')}\n<v {name}>{escape(text)}</v>\n\n"
        for name, start, end, text in cues
    )


def srt(cues):
    return "".join(
        f"{n}\n{clock(start, ',')} --> {clock(end, ',')}\n{text}\n\n" for n, (_, start, end, text) in enumerate(cues, 1)
    )


def sbv(cues):
    return "".join(f"{clock(start, '.')[1:]},{clock(end, '.')[1:]}\n{text}\n\n" for _, start, end, text in cues)


def chat(cues):
    return "".join(f"{clock(start % 86_400_000, '.')[:8]}\t{name}:\t{text}\r\n" for name, start, _, text in cues)


def stamped(cues):
    return "".join(f"[{short(36_000_000 + start)[:5]}] {name} : {text}\n" for name, start, _, text in cues)


def text(cues):
    return "".join(f"{name} : {said}\n\n" for name, _, _, said in cues)


def page(cues):
    body = "\n".join(f"<p><b>{name} :</b> {escape(said)}</p>" for name, _, _, said in cues)
    return f"<!DOCTYPE html>\n<html>\n<head><title>Séance</title></head>\n<body>\n{body}\n</body>\n</html>\n"


def speech_json(cues):
    segments = [
        {"start": start / 1000, "end": end / 1000, "speaker": name, "text": said} for name, start, end, said in cues
    ]
    return json.dumps({"segments": segments})


def utterances_json(cues):
    utterances = [
        {"start": s / 1000, "end": e / 1000, "speaker": NAMES.index(n), "transcript": t} for n, s, e, t in cues
    ]
    return json.dumps({"metadata": {}, "results": {"channels": [], "utterances": utterances}}, indent=1)


def json_lines(cues):
    return "".join(
        json.dumps({"start": s / 1000, "end": e / 1000, "speaker": n, "text": t}) + "\n" for n, s, e, t in cues
    )


def contributions_json(cues):
    found = [{"id": f"c{n}", "body": t, "author": {"displayName": name}} for n, (name, _, _, t) in enumerate(cues)]
    return json.dumps({"data": {"contributions": found}})


def contributions_csv(cues):
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerow(["id", "author/name", "body"])
    rows.writerows([n, name, said.replace(". ", ".\n", 1)] for n, (name, _, _, said) in enumerate(cues, 1))
    return out.getvalue()


def turn_table(cues):
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    rows.writerow(["Heure", "Intervenant", "Propos"])
    rows.writerows([short(start), name, said] for name, start, _, said in cues)
    return out.getvalue()


def survey(cues):
    out = io.StringIO()
    rows = csv.writer(out, delimiter=",", quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerow(["id", "submitdate", "lastpage", "startlanguage", "seed", "G01Q01", "G01Q02"])
    rows.writerows([n, "2026-01-02 10:00:00", 2, "fr", 9 * n, "Y", said] for n, (*_, said) in enumerate(cues, 1))
    return out.getvalue()


def spreadsheet(cues):
    book = openpyxl.Workbook()
    book.active.append(["Heure", "Intervenant", "Propos"])
    for name, start, _, said in cues:
        book.active.append([short(start), name, said])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def elan(cues):
    slots = [at for _, start, end, _ in cues for at in (start, end)]
    tiers = [
        tier(
            name,
            *(
                aligned(f"a{n}", f"ts{2 * n}", f"ts{2 * n + 1}", escape(said))
                for n, (who, _, _, said) in enumerate(cues)
                if who == name
            ),
        )
        for name in NAMES
    ]
    return eaf(*tiers, slots=slots).replace("<ANNOTATION>", "\n<ANNOTATION>")


def transcriber(cues):
    speakers = "".join(f'<Speaker id="spk{n}" name={quoteattr(name)}/>\n' for n, name in enumerate(NAMES))
    turns = "".join(
        f'<Turn speaker="spk{NAMES.index(name)}" startTime="{start / 1000}" endTime="{end / 1000}">\n'
        f'<Sync time="{start / 1000}"/>\n{escape(said)}\n</Turn>\n'
        for name, start, end, said in cues
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Trans SYSTEM "trans-14.dtd">\n<Trans>\n<Speakers>\n{speakers}'
        f'</Speakers>\n<Episode>\n<Section type="report" startTime="0" endTime="{cues[-1][2] / 1000}">\n{turns}'
        "</Section>\n</Episode>\n</Trans>\n"
    )


def tei(cues):
    persons = "".join(f'<person xml:id="P{n}"><persName>{name}</persName></person>\n' for n, name in enumerate(NAMES))
    spoken = "".join(f'<u who="#P{NAMES.index(n)}"><seg>{escape(t)}</seg></u>\n' for n, _, _, t in cues)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<TEI xmlns="http://www.tei-c.org/ns/1.0">\n<teiHeader><profileDesc>'
        f"<particDesc><listPerson>\n{persons}</listPerson></particDesc></profileDesc></teiHeader>\n<text><body>\n<div>\n"
        f"<head>Questions</head>\n{spoken}</div>\n</body></text>\n</TEI>\n"
    )


def akoma_ntoso(cues):
    people = "".join(f'<TLCPerson eId="p{n}" href="/p" showAs={quoteattr(name)}/>\n' for n, name in enumerate(NAMES))
    spoken = "".join(
        f'<speech by="#p{NAMES.index(n)}"><from>{n}</from>\n<p>{escape(t)}</p></speech>\n' for n, _, _, t in cues
    )
    return (
        '<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0"><debate>\n'
        f"<meta><references>\n{people}</references></meta>\n<debateBody><debateSection><heading>Budget</heading>\n"
        f"<narrative><p>(rires)</p></narrative>\n{spoken}</debateSection></debateBody></debate></akomaNtoso>\n"
    )


def ttml(cues):
    agents = "".join(
        f'<ttm:agent xml:id="a{n}"><ttm:name>{escape(name)}</ttm:name></ttm:agent>\n' for n, name in enumerate(NAMES)
    )
    spoken = "".join(
        f'<p begin="{start / 1000}s" end="{end / 1000}s" ttm:agent="a{NAMES.index(name)}">{escape(said)}</p>\n'
        for name, start, end, said in cues
    )
    return (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata">\n'
        f"<head><metadata>\n{agents}</metadata></head><body><div>\n{spoken}</div></body></tt>\n"
    )


def praat(cues):
    tiers = []
    for name in NAMES:
        intervals, at = [], 0.0
        for who, start, end, said in cues:
            if who == name:
                intervals += [(at, start / 1000, ""), (start / 1000, end / 1000, said.replace('"', '""'))]
                at = end / 1000
        tiers.append((name, *intervals))
    return long_form(*tiers)


def chat_transcript(cues):
    people = ", ".join(f"P{n} {name.replace(' ', '_')} Adult" for n, name in enumerate(NAMES))
    lines = "".join(
        f"*P{NAMES.index(name)}:\t{said.rstrip('.')} . \x15{start}_{end}\x15\n" for name, start, end, said in cues
    )
    return f"@UTF8\n@Begin\n@Languages:\tfra\n@Participants:\t{people}\n{lines}@End\n"


def teams_document(cues):
    turns = [f"{name}   {start // 60_000}:{start // 1000 % 60:02}\n{said}" for name, start, _, said in cues]
    title = "Réunion publique-20260929_130900-Transcription de la réunion"
    began, ended = "Ada Martin a commencé la transcription", "Ada Martin a arrêté la transcription"
    return paragraphs(title, "1er octobre 2026, 01:09PM", "54min 42sec", began, *turns, ended)


def meet_document(cues):
    turns = [line for name, start, _, said in cues for line in (short(start), f"{name}: {said}")]
    notes = ("📝 Notes", "1 oct. 2026", "Résumé", "Les participants ont parlé de la place.", "📖 Transcription")
    return paragraphs(*notes, *turns, f"Transcription terminée après {short(cues[-1][2])}")


def document(cues):
    return paragraphs("", *(f"{name} : {said}" for name, _, _, said in cues))


def pdf(cues):
    lines = [f"{name} : {said}" for name, _, _, said in cues]
    half = len(lines) // 2
    return pages(["Conseil du 12 mars", *lines[:half], "- 1 -"], ["Conseil du 12 mars", *lines[half:], "- 2 -"])


WRITERS = {
    "webvtt": vtt,
    "srt": srt,
    "sbv": sbv,
    "zoom-chat": chat,
    "meeting-chat": stamped,
    "text": text,
    "web-page": page,
    "whisper-json": speech_json,
    "provider-json": utterances_json,
    "loose-json": json_lines,
    "contributions-json": contributions_json,
    "contributions-csv": contributions_csv,
    "turn-table": turn_table,
    "survey": survey,
    "spreadsheet": spreadsheet,
    "elan": elan,
    "transcriber": transcriber,
    "tei": tei,
    "akoma-ntoso": akoma_ntoso,
    "ttml": ttml,
    "praat": praat,
    "chat": chat_transcript,
    "teams-document": teams_document,
    "meet-document": meet_document,
    "document": document,
    "pdf": pdf,
}
assert {*WRITERS, "polis-votes"} == set(ingest.FORMATS)  # votes hold no words


def written(format, rng, size=12):
    """The bytes of a session in a format, and its cues."""
    cues = session(rng, size)
    content = WRITERS[format](cues)
    return (content if isinstance(content, bytes) else content.encode()), cues

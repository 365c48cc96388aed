"""A tiny session with its reference, recaps and runs, and the sample sessions: fixtures, imported where they are used."""

from datetime import UTC, datetime
from functools import cache

import pytest

from comparia import ingest, references, scoring
from comparia.config import shipped
from comparia.records import (
    Backend,
    Cell,
    Failure,
    KeyPoint,
    Plan,
    Prompt,
    Quote,
    Reference,
    Run,
    Speaker,
    Transcript,
    Turn,
    Variant,
    content_id,
)

MOMENT = datetime(2026, 10, 8, 18, 30, tzinfo=UTC)

SAID = (
    ("Anne", "The market should stay on the square every Saturday morning. Traders depend on it."),
    ("Bruno", "I am against closing the square to cars, because my customers carry cement bags."),
    ("Chloé", "We need eight disabled parking spaces near the doctor's office."),
    ("David", "The market should stay on the square, I agree with Anne."),
    ("Erin", "The renovation costs 3,400,000 pounds before tax."),
)

PROMPT = Prompt(id="pr_1", name="Plain", language="en", steps=("Summarise {{ transcript }}",))


@pytest.fixture(scope="session")
def make_transcript():
    """Builds a transcript from (speaker or None, words[, channel]) lines."""

    def build(lines, language="en", title="A small meeting", date="2026-10-08"):
        names = list(dict.fromkeys(line[0] for line in lines if line[0]))
        ids = {name: f"s{n}" for n, name in enumerate(names, start=1)}
        turns = tuple(
            Turn(
                number=n,
                speaker=ids.get(line[0]),
                text=line[1],
                channel=line[2] if len(line) > 2 else "speech",
                start=n * 1000,
            )
            for n, line in enumerate(lines, start=1)
        )
        speakers = tuple(
            Speaker(
                id=ids[name],
                name=name,
                labels=(name,),
                words=sum(len(t.text.split()) for t in turns if t.speaker == ids[name]),
                turns=sum(t.speaker == ids[name] for t in turns),
            )
            for name in names
        )
        return Transcript(
            id=content_id("tr", [language, [t.model_dump() for t in turns]]),
            title=title,
            language=language,
            date=date,
            formats=("text",),
            encodings=("utf-8",),
            speakers=speakers,
            turns=turns,
        )

    return build


@pytest.fixture(scope="session")
def transcript(make_transcript):
    """Five people, five turns."""
    return make_transcript(SAID)


@pytest.fixture(scope="session")
def reference():
    """Four key points: P1 held by two of five, P2 and P3 by one, P4 a fact."""

    def point(id, text, *said, **own):
        return KeyPoint(id=id, text=text, said=tuple(Quote(turn=t, speaker=s, words=w) for t, s, w in said), **own)

    return Reference(
        id="rf_0123456789abcdef",
        origin="reviewed",
        reviewed_by="A Tester",
        language="en",
        voices=5,
        key_points=(
            point(
                "P1",
                "The market should stay on the square.",
                (1, "s1", "The market should stay on the square"),
                (4, "s4", "The market should stay on the square"),
            ),
            point(
                "P2",
                "A trader opposes closing the square to cars.",
                (2, "s2", "I am against closing the square to cars"),
            ),
            point(
                "P3", "Eight disabled parking spaces are needed.", (3, "s3", "We need eight disabled parking spaces")
            ),
            point("P4", "The renovation costs 3,400,000 pounds.", (5, "s5", "costs 3,400,000 pounds"), kind="fact"),
        ),
    )


@pytest.fixture(scope="session")
def make_variant():
    """Builds a variant that has a summary, or a failure."""

    def build(id, summary=None, **own):
        failure = None if summary is not None else Failure(kind="timeout", message="no answer", cure="Try again.")
        values = {"prompt": None, "backend": "extractive:speakers", "author": "extractive", "failure": failure}
        return Variant(**{"id": id, "summary": summary, "finished_at": MOMENT, **values, **own})

    return build


@pytest.fixture(scope="session")
def make_run(transcript):
    """Builds a scored run from its variants; `missing` cells have not been written."""

    def build(variants=(), *, session=None, reference=None, missing=0, status="complete", prompts=(PROMPT,)):
        names = dict.fromkeys(v.backend for v in variants)
        cells = [Cell(variant=v.id, prompt=v.prompt, backend=v.backend) for v in variants]
        cells += [Cell(variant=f"m{n}", prompt=None, backend="later") for n in range(missing)]
        run = Run(
            id="20261008-183000-abcd",
            status=status,
            created_at=MOMENT,
            software="0.0.test",
            policy="local",
            backends=tuple(Backend(name=name, kind="extractive", zone="local") for name in names),
            prompts=tuple(prompts),
            plan=Plan(cells=tuple(cells)),
            reference=reference,
            variants=tuple(variants),
            transcript=session or transcript,
        )
        return run.model_copy(update={"scores": scoring.score(run, reference)})

    return build


@cache
def sample(name):
    """A shipped session and its reference."""
    folder = shipped("transcripts") / name
    session = ingest.read((folder / "session.vtt", folder / "chat.txt"))
    return session, references.load(folder / "reference.yaml", session)


@pytest.fixture(scope="session")
def foirail():
    """The French sample session and its reference."""
    return sample("place-du-foirail")


@pytest.fixture(scope="session")
def library_hub():
    """The English sample session and its reference."""
    return sample("library-and-hub")

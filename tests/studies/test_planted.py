"""A study of models whose habits are known: ranks found, equals not separated, inventions caught."""

import random
import re
import shutil
from pathlib import Path

import pytest

from comparia import library, references
from comparia.config import Settings, shipped
from tests.studies.conftest import HabitServer

INVENTED = {
    "fr": (
        "Le maire de Limoges, Gaston Perrichon, a promis 8,7 millions d’euros supplémentaires.",
        "« Nous avons signé hier soir avec un promoteur privé », a déclaré la directrice.",
        "Tout le monde est d’accord pour raser le bâtiment dès 2031.",
        "« Je démissionnerai si le parking souterrain de 450 places est refusé », dit Achille Vernoux.",
    ),
    "en": (
        "The mayor of Leicester, Gordon Pemberton, promised a further £8.7 million.",
        "“We signed with a private developer last night”, the director said.",
        "Everybody agrees that the building should be pulled down by 2031.",
        "“I will resign if the 450-space underground car park is refused”, said Archibald Vernon.",
    ),
}
"""Sentences that nobody said."""

FILLING = {
    "fr": "La diversité des sensibilités a permis d’enrichir la réflexion collective sur ce sujet important.",
    "en": "The diversity of sensibilities made it possible to enrich the collective reflection on this topic.",
}
"""A sentence that says nothing."""

KEPT = {"faithful": (0.85, 0.85), "majority": (0.9, 0.1), "inventor": (0.85, 0.85), "verbose": (1.0, 1.0)}
"""Share of the other points, and of minority views, that each model keeps."""


class PlantedServer(HabitServer):
    """Models that write the key points of the session they are asked about, as their habit says."""

    lists = ()

    def write(self, body):
        text = "\n".join(message["content"] for message in body["messages"])
        reference = next(each for each in self.lists if each.key_points[0].said[0].words[:40] in text)
        drawn = random.Random(f"{body['model']} {body.get('seed')} {reference.id}")
        others, few = KEPT[body["model"]]
        said = [
            point.text for point in reference.key_points
            if drawn.random() < (few if reference.is_minority(point) else others)
        ]  # fmt: skip
        if body["model"] == "inventor":
            for sentence in INVENTED[reference.language]:
                said.insert(drawn.randrange(len(said) + 1), sentence)
        if body["model"] == "verbose":
            said = [piece for sentence in said for piece in (sentence, FILLING[reference.language])]
        return "# Recap\n\n" + "\n\n".join(" ".join(said[n : n + 4]) for n in range(0, len(said), 4))


@pytest.fixture
def planted(tmp_path):
    server = PlantedServer()
    lists, lines = [], ['[study]\nname = "planted"\nseed = 7\npolicy = "local"\npseudonyms = "never"\n']
    for name, prompt in (
        ("place-du-foirail", "compte-rendu/01-synthese-fidele.md"),
        ("library-and-hub", "recap/01-faithful-synthesis.md"),
    ):
        folder = shutil.copytree(shipped("transcripts") / name, tmp_path / name)
        session = library.read_transcript(folder / "session.vtt", folder / "chat.txt")
        lists.append(references.load(folder / "reference.yaml", session))
        lines.append(
            f'[[session]]\nid = "{name}"\nfiles = ["{name}/session.vtt", "{name}/chat.txt"]\n'
            f'reference = "{name}/reference.yaml"\nprompts.plain = "{prompt}"\n'
        )
    lines += [f'[[model]]\nid = "{name}"\nbackend = "{name}@{server.url}"\n' for name in KEPT]
    caught = '["names", "numbers", "verbatim_quotations", "support", "false_consensus"]'
    lines.append(
        '[scoring]\nmetrics = ["minority_retention", "names", "numbers", "verbatim_quotations", "support", '
        '"false_consensus"]\n'
        f'[analysis]\nprimary = "minority_retention"\nsecondary = {caught}\ncontrasts = [["faithful", "inventor"]]\n'
    )
    file = tmp_path / "planted.study.toml"
    file.write_text("\n".join(lines), "utf-8")
    server.lists = lists
    yield file
    server.close()


@pytest.mark.series("planted studies")
def test_planted_habits_come_back(planted, tmp_path):
    settings = Settings(outputs=tmp_path / "out")
    library.run_study(planted, settings=settings)
    library.score_study(planted, settings=settings)
    found = library.analyse_study(planted, settings=settings)
    means = {one.metric: {mean.model: mean.estimate.value for mean in one.means} for one in found.metrics}
    kept = means["minority_retention"]
    assert kept["majority"] < 0.25 < 0.7 < kept["faithful"] < kept["verbose"]
    assert abs(kept["faithful"] - kept["inventor"]) < 0.12
    for metric in ("names", "numbers", "support", "false_consensus"):
        assert means[metric]["inventor"] < means[metric]["faithful"], metric
    assert means["verbatim_quotations"]["inventor"] == 0
    assert means["numbers"]["faithful"] == means["numbers"]["majority"] == means["numbers"]["verbose"] == 1
    assert found.metrics[0].contrasts[0].outcome == "too_few_sessions"
    told = library.study_methods(planted, settings=settings)
    assert re.search(r"2 sessions were used \(1\d,\d{3} words\)", told)


@pytest.mark.series("planted studies")
def test_the_worked_study_of_the_guide_gives_its_figures(tmp_path):
    settings = Settings(outputs=tmp_path / "out")
    file = shipped("transcripts") / "extracts.study.toml"
    library.run_study(file, settings=settings)
    library.score_study(file, settings=settings)
    primary = library.analyse_study(file, settings=settings).metrics[0]
    means = {mean.model: f"{mean.estimate.value:.3f}"[1:] for mean in primary.means}
    guide = (Path(__file__).parents[2] / "docs" / "studies.md").read_text("utf-8")
    for model, mean in means.items():
        assert f"| {model} | {mean} |" in guide
    assert {contrast.outcome for contrast in primary.contrasts} == {"undecided"}

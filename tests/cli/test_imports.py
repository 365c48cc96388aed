"""What each verb imports: the heavy libraries, and the parts of Comparia, that it has no use for are not loaded."""

import json
import os
import subprocess
import sys

import pytest

from comparia.config import shipped
from tests.documents import ROOT

SESSION = shipped("transcripts") / "library-and-hub" / "session.vtt"
NEVER = {
    "aiohttp",
    "alembic",
    "ecologits",
    "filelock",
    "httpx",
    "jinja2",
    "litellm",
    "numpy",
    "phonenumbers",
    "ruamel",
    "sqlalchemy.dialects.postgresql",
    "starlette",
    "stdnum",
    "tenacity",
    "urllib.request",
    "comparia.asking",
    "comparia.backends",
    "comparia.comparing",
    "comparia.matching",
    "comparia.metrics",
    "comparia.privacy",
    "comparia.references",
    "comparia.scoring",
    "comparia.web",
}
"""What no verb that only reads imports."""
DATABASE = {"sqlalchemy", "comparia.store"}
READING = {"comparia.ingest"}
OTHER_READERS = {"comparia.ingest.pdf", "comparia.ingest.document", "comparia.ingest.labelled_text", "pypdf", "docx"}
MARKUP = {"rich.markdown", "markdown_it"}
ANYTHING = {"pydantic", "rich", "comparia.records", "comparia.config", "comparia.library"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one stored run."""
    place = tmp_path_factory.mktemp("kept")
    imported(place, "compare", SESSION, "-b", "extractive", "-o", place / "outputs")
    return place


def imported(place, *arguments):
    """Run one command in a process of its own, and return the modules it imported."""
    code = (
        "import json, sys\n"
        "from comparia.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print(json.dumps(sorted(sys.modules)), file=open('modules.json', 'w'))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads((place / "modules.json").read_text("utf-8")))


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], NEVER | DATABASE | READING | ANYTHING),
        (["--version"], NEVER | DATABASE | READING | ANYTHING),
        (["runs"], NEVER | READING | MARKUP),
        (["runs", "-o", "nothing-here"], NEVER | READING | MARKUP | DATABASE | {"rich"}),
        (["runs", "--json"], NEVER | READING | MARKUP | {"rich"}),
        (["ingest", SESSION], NEVER | DATABASE | MARKUP | OTHER_READERS),
        (["ingest", SESSION, "--json"], NEVER | DATABASE | OTHER_READERS | {"rich"}),
        (["report", "last", "-f", "text"], NEVER | READING),
        (["report", "last", "-f", "csv"], NEVER | READING | MARKUP | {"rich"}),
        (["report", "last", "-f", "markdown"], NEVER | READING | MARKUP | {"rich"}),
    ],
    ids=lambda value: " ".join(map(str, value)).replace(str(SESSION), "SESSION") if isinstance(value, list) else "",
)
def test_a_verb_imports_nothing_it_has_no_use_for(folder, arguments, forbidden):
    assert sorted(imported(folder, *arguments) & forbidden) == []

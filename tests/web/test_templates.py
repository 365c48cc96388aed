"""Templates read what their views give, and nothing else."""

from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import meta, nodes

from comparia.web.app import ErrorPage
from comparia.web.composing import ComposingPage
from comparia.web.drafts import SessionPage
from comparia.web.home import HomePage
from comparia.web.pages import HERE, _environment, common
from comparia.web.preferences import PreferencesPage
from comparia.web.versions import StagePage

VIEWS = {
    "composing.html": ComposingPage,
    "error.html": ErrorPage,
    "home.html": HomePage,
    "preferences.html": PreferencesPage,
    "session.html": SessionPage,
    "stage.html": StagePage,
}
PARTS = {"stage.html": ["states.html", "checklist.html"]}
"""Templates that a template shows a part of, in its own names."""


REQUEST = SimpleNamespace(app=SimpleNamespace(state=None), url=SimpleNamespace(path="/"))


@pytest.mark.parametrize("name", VIEWS)
def test_a_template_reads_only_what_its_view_gives(name):
    environment = _environment()
    known = {field.name for field in fields(VIEWS[name])} | {*common(REQUEST)} | {"_", "gettext", "ngettext"}
    for part in (name, "base.html", "_notice.html", "_choosing.html", *PARTS.get(name, [])):
        template = environment.parse((Path(HERE) / "templates" / part).read_text("utf-8"))
        assert meta.find_undeclared_variables(template) - known - own_names(template) == set(), part


def own_names(template):
    """Names that a template gives itself: macros, what it imports, what it sets. A block sees them, and jinja's list does not."""
    macros = {macro.name for macro in template.find_all(nodes.Macro)}
    imported = {
        name if isinstance(name, str) else name[1] for i in template.find_all(nodes.FromImport) for name in i.names
    }
    assigned = {
        assign.target.name for assign in template.find_all(nodes.Assign) if isinstance(assign.target, nodes.Name)
    }
    return macros | imported | assigned

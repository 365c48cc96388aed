"""Templates read what their views give, and nothing else."""

from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import meta, nodes

from comparia.reports import html
from comparia.web.app import ErrorPage
from comparia.web.comparison import ComparisonPage, RunningPage
from comparia.web.composing import ComposingPage
from comparia.web.home import HomePage
from comparia.web.pages import _environment, common
from comparia.web.preferences import PreferencesPage
from comparia.web.session_page import SessionPage
from comparia.web.versions import StagePage

VIEWS = {
    "comparison.html": ComparisonPage,
    "composing.html": ComposingPage,
    "error.html": ErrorPage,
    "home.html": HomePage,
    "preferences.html": PreferencesPage,
    "running.html": RunningPage,
    "session.html": SessionPage,
    "stage.html": StagePage,
}
OF_RUNS = [p.name for p in (Path(html.__file__).parent / "templates").glob("_*.html")]
PARTS = {
    "stage.html": ["states.html", "checklist.html"],
    "running.html": ["states.html"],
    "comparison.html": OF_RUNS,
}
"""Templates that a template shows a part of, in its own names."""


REQUEST = SimpleNamespace(app=SimpleNamespace(state=None), url=SimpleNamespace(path="/"))


@pytest.mark.parametrize("name", VIEWS)
def test_a_template_reads_only_what_its_view_gives(name):
    environment = _environment()
    known = {field.name for field in fields(VIEWS[name])} | {*common(REQUEST)} | {*environment.globals}
    for part in (name, "base.html", "_notice.html", "_choosing.html", *PARTS.get(name, [])):
        source, _file, _is_fresh = environment.loader.get_source(environment, part)
        template = environment.parse(source)
        assert meta.find_undeclared_variables(template) - known - own_names(template) == set(), part


def own_names(template):
    """Names that a template gives itself: macros, what it imports, what it sets. A block sees them, and jinja's list does not."""
    macros = {macro.name for macro in template.find_all(nodes.Macro)}
    imported = {
        name if isinstance(name, str) else name[1] for i in template.find_all(nodes.FromImport) for name in i.names
    }
    assigned = {
        assign.target.name
        for assign in template.find_all((nodes.Assign, nodes.AssignBlock))
        if isinstance(assign.target, nodes.Name)
    }
    return macros | imported | assigned


def test_the_report_reads_only_what_a_run_shows():
    environment = html.environment()
    known = {field.name for field in fields(html.Shown)} | {*environment.globals} | {"css", "lang"}
    for part in ("report.html", *OF_RUNS):
        template = environment.parse(environment.loader.get_source(environment, part)[0])
        assert meta.find_undeclared_variables(template) - known - own_names(template) == set(), part

"""`comparia report` writes what is published, names and personal data as chosen."""

import pytest

from comparia import reports

PHONE = "07700 900987"


@pytest.fixture
def file(make_run, make_variant, make_transcript, tmp_path):
    """An exchange file of a run whose session has a name, and whose title holds a telephone number."""
    session = make_transcript([("Anne Roy", "The market stays."), ("Ben Low", "No.")], title=f"Market, call {PHONE}")
    run = make_run((make_variant("v1", "Anne Roy wants the market."),), session=session)
    path = tmp_path / "run.json"
    path.write_bytes(reports.render(run, "json"))
    return path


def test_names_and_personal_data_are_published_only_when_asked(comparia, file, tmp_path):
    page = tmp_path / "page.html"
    comparia("report", file, "-f", "public", "--to", page)
    assert PHONE not in page.read_text("utf-8")
    refused = tmp_path / "refused.html"
    comparia("report", file, "-f", "public", "--people", "kept", "--to", refused, code=1)
    assert not refused.exists()
    comparia("report", file, "-f", "public", "--people", "kept", "--personal-data", "keep", "--to", page)
    assert PHONE in page.read_text("utf-8")
    for form, people in (("public", "pseudonyms"), ("docx", "none"), ("html", "initials")):
        assert comparia("report", file, "-f", form, "--people", people, "--to", page, code=1) == ""

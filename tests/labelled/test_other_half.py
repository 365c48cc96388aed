"""The column *other half* is filled from a table, and blank for another version."""

import importlib.util
from pathlib import Path

FILE = Path(__file__).parents[1] / "benchmarks" / "other_half.py"
spec = importlib.util.spec_from_file_location("other_half", FILE)
other_half = importlib.util.module_from_spec(spec)
spec.loader.exec_module(other_half)

PAGE = """| check | figure | rivals | aim | other half |
|---|---|---|---|---|
| key point in a summary, SummHay, AUC | 0.927 | TF-IDF | 0.905 | 0.9 |
| same, mean per summary, Pearson r | 0.868 | | 0.80 | |
| wrong number, FREDSum, AUC | 0.977 | | 0.95 | |
"""
GIVEN = """| check | README | other half | rivals there |
|---|---|---|---|
| SummHay AUC / per-summary r / bullet | .927 / .868 / .838 | **.868 / .739** / .867 | TF-IDF .876 |
"""


def test_figures_go_to_their_rows_and_others_stay_blank():
    rows = other_half.filled(PAGE, other_half.given(GIVEN)).splitlines()
    assert [row.split("|")[5].strip() for row in rows[2:]] == ["0.868", "0.739", ""]


def test_without_figures_the_column_is_blank():
    rows = other_half.filled(PAGE, {}).splitlines()
    assert [row.split("|")[5].strip() for row in rows[2:]] == ["", "", ""]

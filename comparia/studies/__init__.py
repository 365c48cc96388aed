"""Studies: many sessions × prompts × models × repeats × probes; what was planned, what came out, how sure it is.

A study file says everything before the first call. Nothing here calls a model: `library.studies` carries studies out.
A tidy table of runs is an iterator of rows: one observation a row, one number a column, codes that are never
translated; runs pass one at a time.
"""

from comparia.studies.analysis import Analysis, analyse
from comparia.studies.columns import TABLES, Column, Table
from comparia.studies.design import RunDesign, designs
from comparia.studies.evalap import EvalapDocuments, evalap_documents
from comparia.studies.files import Study, load
from comparia.studies.inspect_log import inspect_logs
from comparia.studies.llm_comparator import llm_comparator
from comparia.studies.runs import Row, StudyRun
from comparia.studies.tables import rows_of
from comparia.studies.writing import readme, write_tables

__all__ = [
    "TABLES",
    "Analysis",
    "Column",
    "EvalapDocuments",
    "Row",
    "RunDesign",
    "Study",
    "StudyRun",
    "Table",
    "analyse",
    "designs",
    "evalap_documents",
    "inspect_logs",
    "llm_comparator",
    "load",
    "readme",
    "rows_of",
    "write_tables",
]

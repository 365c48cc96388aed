"""Studies: many sessions × prompts × models × repeats × probes; what was planned, what came out, how sure it is.

A study file says everything before the first call. Nothing here calls a model: `library.studies` carries studies out.
"""

from comparia.studies.analysis import Analysis, analyse
from comparia.studies.design import RunDesign, designs
from comparia.studies.files import Study, load

__all__ = ["Analysis", "RunDesign", "Study", "analyse", "designs", "load"]

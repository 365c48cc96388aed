"""The web application: pages over the functions that the command line and the library use.

`serve` binds to this machine, opens the browser and needs nothing else. Pages are rendered here, work without script,
and gain from it: one stream of events a page, evidence that lights up on both sides.
"""

from __future__ import annotations

from comparia.web.app import create_app
from comparia.web.serving import serve

__all__ = ["create_app", "serve"]

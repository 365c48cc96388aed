"""The shared samples."""

from tests.samples_for_tests import (  # noqa: F401
    foirail,
    library_hub,
    make_run,
    make_transcript,
    make_variant,
    reference,
    transcript,
)

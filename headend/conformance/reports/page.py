"""The run as one page of HTML."""

from headend.conformance.run import Run
from headend.coverage import Coverage


def run_html(run: Run, coverage: Coverage, *, times: bool = True) -> bytes:
    """The page."""
    return f"{run.target} {coverage.percent} {times}".encode()

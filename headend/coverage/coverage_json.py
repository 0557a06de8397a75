"""Coverage as JSON: what the report has, and what a control API can answer."""

from typing import Any

from headend.coverage.coverage import Coverage, Kind


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """Every kind with its share, what was exercised how often, and what is missing."""
    return {
        **{kind.value: _kind(coverage, kind) for kind in Kind},
        "results": {f"{verb} {noun}": sorted(words) for (noun, verb), words in coverage.results.items()},
    }


def _kind(coverage: Coverage, kind: Kind) -> dict[str, Any]:
    share = coverage.share(kind)
    return {
        "percent": None if share.percent is None else round(share.percent, 1),
        "exercised": share.exercised,
        "offered": share.offered,
        "seen": dict(coverage.seen[kind]),
        "missing": list(coverage.missing(kind)),
    }

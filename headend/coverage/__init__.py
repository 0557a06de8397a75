"""Which parts of the standard were exercised by messages: operations, reading types, events, controls, reply codes.

It looks at exchanges, whoever recorded them: those of a run of the conformance suites, those of a journal.
"""

from headend.coverage.coverage import Coverage, Kind, Offered, Share, coverage_of, offered_by_contract
from headend.coverage.coverage_json import coverage_json

__all__ = ["Coverage", "Kind", "Offered", "Share", "coverage_json", "coverage_of", "offered_by_contract"]

"""The suites, in the order in which they are played."""

from headend.conformance.case import Suite
from headend.conformance.suites import contract, header, reading

SUITES: tuple[Suite, ...] = (contract.SUITE, header.SUITE, reading.SUITE)

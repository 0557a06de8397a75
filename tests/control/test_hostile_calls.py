"""Whatever is called, the answer is one that the description promises (schemathesis, always with the same examples)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import NOON, STEPPED
from tests.support.in_process import in_process

ALWAYS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    "POST /control/v1/reset",
    "GET /control/v1/version",
    "GET /control/v1/clock",
    "PUT /control/v1/clock",
    "POST /control/v1/clock/advance",
    "GET /control/v1/meters",
    "GET /control/v1/meters/{meter}",
    "PATCH /control/v1/meters/{meter}",
    "GET /control/v1/truth",
    "GET /control/v1/truth.csv",
    "GET /control/v1/deliveries",
    "GET /control/v1/deliveries/{delivery_id}",
    "DELETE /control/v1/deliveries/{delivery_id}",
    "POST /control/v1/deliveries/{delivery_id}/retry",
    "GET /control/v1/subscriptions",
    "POST /control/v1/subscriptions",
    "DELETE /control/v1/subscriptions/{mrid}",
    "GET /control/v1/orderings",
    "POST /control/v1/orderings",
    "DELETE /control/v1/orderings",
    "DELETE /control/v1/orderings/{mrid}",
    "GET /control/v1/faults",
    "POST /control/v1/faults",
    "DELETE /control/v1/faults",
    "DELETE /control/v1/faults/{mrid}",
    "GET /control/v1/schedules",
    "GET /control/v1/outages",
    "POST /control/v1/outages",
    "DELETE /control/v1/outages/{mrid}",
    "GET /control/v1/events",
    "POST /control/v1/events",
    "GET /control/v1/defects",
    "POST /control/v1/defects",
    "DELETE /control/v1/defects/{mrid}",
    "GET /control/v1/controls",
    "GET /control/v1/controls/{mrid}",
    "POST /control/v1/controls/{mrid}/cancel",
    "GET /control/v1/journal",
    "DELETE /control/v1/journal",
    "GET /control/v1/journal/{number}",
    "GET /control/v1/journal/{number}/request",
    "GET /control/v1/journal/{number}/response",
    "POST /control/v1/journal/wait",
    "GET /control/v1/journal.zip",
    "GET /control/v1/coverage",
    "GET /control/v1/sessions",
    "POST /control/v1/sessions",
    "DELETE /control/v1/sessions/{name}",
]
"""Written out, so that each is a test of its own; another test sees to it that none is missing."""
WITH_INPUT = [
    "POST /control/v1/reset",
    "PUT /control/v1/clock",
    "POST /control/v1/clock/advance",
    "GET /control/v1/meters",
    "PATCH /control/v1/meters/{meter}",
    "GET /control/v1/truth",
    "GET /control/v1/truth.csv",
    "GET /control/v1/deliveries",
    "POST /control/v1/subscriptions",
    "POST /control/v1/orderings",
    "POST /control/v1/faults",
    "POST /control/v1/outages",
    "GET /control/v1/events",
    "POST /control/v1/events",
    "GET /control/v1/defects",
    "POST /control/v1/defects",
    "GET /control/v1/controls",
    "GET /control/v1/journal",
    "GET /control/v1/journal/{number}",
    "POST /control/v1/journal/wait",
    "GET /control/v1/journal.zip",
    "GET /control/v1/coverage",
    "POST /control/v1/sessions",
]
"""Those with a body or query that can be wrong; whatever stands in a path can be a name."""


@pytest.fixture
def described(tmp_path: Path) -> Iterator[Any]:
    """The API of a head end in which something has happened: empty lists fit every description."""
    with in_process(tmp_path, NOON, clock=STEPPED, subscriptions=({"url": "http://127.0.0.1:9/nobody"},)) as opened:
        opened.disconnect("M00000001", "M00000002")
        yield schemathesis.openapi.from_wsgi("/control/v1/openapi.json", opened.head_end.wsgi)


def operations(described: Any) -> dict[str, Any]:
    return {one.ok().label: one.ok() for one in described.get_all_operations()}


def call_often(operation: Any, mode: GenerationMode, checks: list[Any]) -> None:
    @settings(
        max_examples=20,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def calls(case: Any) -> None:
        if case.operation.path.endswith("/journal/wait") and mode is GenerationMode.POSITIVE:
            case.body["timeout"] = "PT0.01S"  # most of what it waits for never comes
        # An empty list is written as no parameter at all, which nobody can refuse.
        assume(not any(value in ([], {}) for value in (case.query or {}).values()))
        case.call_and_validate(checks=checks)

    calls()


def test_every_operation_is_called(described: Any) -> None:
    found = operations(described)
    assert sorted(found) == sorted(OPERATIONS)
    assert sorted(label for label, one in found.items() if one.query or one.body) == sorted(WITH_INPUT)


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_fits_the_description_is_answered_as_described(described: Any, label: str) -> None:
    call_often(operations(described)[label], GenerationMode.POSITIVE, ALWAYS)


@pytest.mark.parametrize("label", WITH_INPUT)
def test_what_does_not_fit_the_description_is_refused_as_described(described: Any, label: str) -> None:
    call_often(operations(described)[label], GenerationMode.NEGATIVE, [*ALWAYS, negative_data_rejection])

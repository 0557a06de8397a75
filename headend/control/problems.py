"""Errors of the control API as application/problem+json (RFC 9457), each with what to do about it."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final

from apiflask import APIFlask, HTTPError
from flask import Response, request
from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound

from headend.control.answer import Answer
from headend.control.forms import Form
from headend.operations.declined import Declined, DeclineKind
from headend.operations.refusal import INTERNAL_ERROR, Refusal
from headend.operations.sessions import TooManySessions
from headend.store import StoreBusy, StoreError
from simulator.near_miss import did_you_mean

log = logging.getLogger(__name__)

PROBLEM_JSON: Final = "application/problem+json"
DOCS_PATH: Final = "/control/v1/docs"

KINDS: Final[Mapping[str, str]] = {
    "invalid": "A value that never fits: a field is missing, unknown, or beyond its bounds.",
    "unreadable": "The body is no JSON, or not said to be.",
    "forbidden": "A web page of another origin may not drive this head end.",
    "not-found": "There is nothing of that name or address here.",
    "not-allowed": "The address is right, the method is not.",
    "timeout": "What was waited for did not come in time.",
    "conflict": "It does not fit to how things stand now.",
    "busy": "The database was held by others for too long or cannot be reached, or there is no room; nothing was done.",
    "internal": "A bug of this head end; its log has the details.",
}
"""Every `type` of a problem and what it means; the docs page explains them under these names."""

_STATUS: Final = {DeclineKind.NOT_FOUND: 404, DeclineKind.CONFLICT: 409, DeclineKind.INVALID: 422}
_OF_STATUS: Final = {
    400: "unreadable",
    403: "forbidden",
    404: "not-found",
    405: "not-allowed",
    408: "timeout",
    409: "conflict",
    413: "unreadable",
    415: "unreadable",
    422: "invalid",
    500: "internal",
    503: "busy",
}
_OF_CODE: Final = (("2.", 404), ("6.", 409))
"""HTTP status of operations that refuse with a reply code of the standard, by its group; 422 for the rest."""
_QUOTED: Final = 100
"""Of a wrong value so many characters are repeated."""


class FieldProblem(Answer):
    """What is wrong with one field."""

    where: str = Field(description="Such as body.by or query.limit.")
    what: str = Field(description="Which rule it breaks, and what was probably meant.")


class Problem(Answer):
    """An error: what is wrong, where, by which rule, and what to do."""

    type: str = Field(description="Which kind of problem; the address explains it.")
    title: str = Field(description="The kind in words, the same for all of a type.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="This very problem.")
    remedy: str | None = Field(description="What to do.")
    errors: list[FieldProblem] = Field(description="One entry for each field that is wrong.")


def problem_response(
    status: int,
    detail: str,
    remedy: str | None = None,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that tells of a problem."""
    kind = _OF_STATUS.get(status, "invalid")
    problem = Problem(
        type=f"{request.script_root}{DOCS_PATH}#problem-{kind}",
        title=KINDS[kind],
        status=status,
        detail=detail,
        remedy=remedy,
        errors=errors or [],
    )
    return Response(problem.model_dump_json(), status, dict(headers or {}), content_type=PROBLEM_JSON)


def tell_problems(app: APIFlask) -> None:
    """Every error of this application leaves as a problem."""

    def validation(error: HTTPError) -> Response:
        cause = error.__cause__
        if not isinstance(cause, ValidationError):
            return problem_response(error.status_code, str(error))
        location = next(iter(error.detail), "body")
        where = "body" if location == "json" else str(location)
        problems = [_field_problem(where, cause.title, one) for one in cause.errors(include_url=False)]
        told = "; ".join(f"{one.where}: {one.what}" for one in problems)
        return problem_response(422, told, f"the fields and their forms stand at {DOCS_PATH}", problems)

    def declined(error: Declined) -> Response:
        return problem_response(_STATUS[error.kind], error.detail, error.remedy)

    def refused(refusal: Refusal) -> Response:
        status = next((known for group, known in _OF_CODE if refusal.errors[0].code.startswith(group)), 422)
        detail = "; ".join(error.details or error.reason for error in refusal.errors)
        return problem_response(status, detail, f"what there is, and what can be said of it, stands at {DOCS_PATH}")

    def http(error: HTTPException) -> Response:
        headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
        detail, remedy = _words(app, error)
        return problem_response(error.code or 500, detail, remedy, headers=headers)

    def store(error: StoreError) -> Response:
        log.warning("%s %s: %s", request.method, request.path, error)
        busy = isinstance(error, StoreBusy)
        detail = "the store is busy; nothing was done" if busy else "the store does not answer; nothing was done"
        return problem_response(503, detail, "send it again later", headers={"Retry-After": "1"})

    def too_many(error: TooManySessions) -> Response:
        return problem_response(503, str(error), error.remedy, headers={"Retry-After": "1"})

    app.error_processor(validation)
    app.register_error_handler(Declined, declined)
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(StoreError, store)
    app.register_error_handler(TooManySessions, too_many)


def _words(app: APIFlask, error: HTTPException) -> tuple[str, str]:
    if isinstance(error, NotFound):
        near = did_you_mean(request.path, sorted({rule.rule for rule in app.url_map.iter_rules()}))
        return f"nothing is at {request.path}{near}", f"{DOCS_PATH} lists what there is"
    if isinstance(error, MethodNotAllowed):
        allowed = " or ".join(sorted(set(error.valid_methods or ()) - {"OPTIONS", "HEAD"}))
        return f"{request.path} takes {allowed}, not {request.method}", f"use {allowed}"
    if error.code == 500:
        return INTERNAL_ERROR, "tell us, with the lines of the log"
    if isinstance(error.__cause__, BadRequest):  # Flask hides what the parser said behind a general sentence
        said = (error.__cause__.description or "").partition(": ")[2]
        return f"the body is no JSON: {said}", 'send an object such as {"by": "PT1H"}'
    return error.description or error.name, f"{DOCS_PATH} tells what is expected"


def _field_problem(location: str, model: str, error: ErrorDetails) -> FieldProblem:
    path = [location, *map(str, error["loc"])]
    if error["type"] == "extra_forbidden":
        known = next((form.model_fields for form in _forms(Form) if form.__name__ == model), {})
        if len(error["loc"]) > 1:
            what = "there is no such field"
        else:
            what = f"there is no such field{did_you_mean(path[-1], known)}" if known else "no field is taken here"
    else:
        what = error["msg"].removeprefix("Value error, ")
        if error["type"] != "missing" and error["loc"] and "credentials" not in path:
            what = f"{what}; given is {_quoted(error['input'])}"
    return FieldProblem(where=".".join(path), what=what)


def _forms(form: type[Form]) -> Iterator[type[Form]]:
    for narrower in form.__subclasses__():
        yield narrower
        yield from _forms(narrower)


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"

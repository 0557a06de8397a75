"""The APIFlask application: the resources under one roof, their description, and what guards them."""

import json
from typing import Any, Final, cast
from urllib.parse import urlsplit

from apiflask import APIFlask
from flask import Response, request
from werkzeug.local import LocalProxy

from headend.control.clock import clock_blueprint
from headend.control.controls import controls_blueprint
from headend.control.coverage import coverage_blueprint
from headend.control.defects import defects_blueprint
from headend.control.deliveries import deliveries_blueprint
from headend.control.docs_page import docs_html
from headend.control.driven_head_end import DRIVEN, DrivenHeadEnd
from headend.control.events import events_blueprint
from headend.control.faults import faults_blueprint
from headend.control.fleet_state import fleet_state_blueprint
from headend.control.journal import journal_blueprint
from headend.control.meters import meters_blueprint
from headend.control.orderings import orderings_blueprint
from headend.control.outages import outages_blueprint
from headend.control.problems import DOCS_PATH, PROBLEM_JSON, FieldProblem, Problem, problem_response, tell_problems
from headend.control.schedules import schedules_blueprint
from headend.control.sessions import sessions_blueprint
from headend.control.subscriptions import subscriptions_blueprint
from headend.control.truth import truth_blueprint

PREFIX: Final = "/control/v1"
SPEC_PATH: Final = "/openapi.json"

_RESOURCES: Final = (
    fleet_state_blueprint,
    clock_blueprint,
    meters_blueprint,
    deliveries_blueprint,
    subscriptions_blueprint,
    orderings_blueprint,
    faults_blueprint,
    schedules_blueprint,
    outages_blueprint,
    events_blueprint,
    defects_blueprint,
    controls_blueprint,
    journal_blueprint,
    coverage_blueprint,
    truth_blueprint,
    sessions_blueprint,
)
_MOST_BYTES: Final = 1024 * 1024
_ABOUT: Final = (
    "Drives and asks a metering head-end simulator from outside: its clock, its fleet, what it sends and to whom. "
    "Errors are application/problem+json and say what is wrong, where, by which rule, and what to do. There is no "
    "login: whoever reaches the port drives the head end, which listens on loopback unless told otherwise."
)


def control_application(version: str) -> APIFlask:
    """The WSGI application of the control API, for all head ends of a process: each call's environ names its own.

    A session's would cost as much as the rest of it, in time and in memory.
    """
    driven = cast(DrivenHeadEnd, LocalProxy(lambda: request.environ[DRIVEN]))
    app = APIFlask(
        "headend.control",
        title="headend control API",
        version=version,
        spec_path=SPEC_PATH,
        docs_path=None,
        openapi_blueprint_url_prefix=PREFIX,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # APIFlask's type is narrower than Flask's
    )
    app.config.update(
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        DESCRIPTION=_ABOUT,
        AUTO_SERVERS=False,
        AUTO_OPERATION_ID=True,
        AUTO_404_RESPONSE=False,  # `_finish` names the errors
        AUTO_VALIDATION_ERROR_RESPONSE=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of DefaultJSONProvider
    for resource in _RESOURCES:
        app.register_blueprint(resource(driven), url_prefix=PREFIX)
    tell_problems(app)
    app.spec_processor(_finish)
    app.before_request(_refuse_strangers)
    app.before_request(_refuse_repetitions)
    app.after_request(_without_type)
    app.after_request(_described_where_it_is)

    @app.get(DOCS_PATH)
    @app.doc(hide=True)
    def docs() -> Response:
        spec = app.spec
        return Response(docs_html(spec if isinstance(spec, dict) else json.loads(spec)), content_type="text/html")

    return app


def _refuse_strangers() -> Response | None:
    """A page in somebody's browser may post to loopback, too; it cannot help telling where it comes from."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return problem_response(
            403, f"a page of {origin} may not drive this head end", f"call it from {request.host_url} or from no page"
        )
    # APIFlask would read whatever comes as JSON, also the form of a web page.
    if request.content_length and request.mimetype != "application/json":
        return problem_response(
            415,
            f"Content-Type is {request.mimetype or 'absent'}; a body comes as application/json",
            "send the header Content-Type: application/json",
        )
    return None


def _refuse_repetitions() -> Response | None:
    """Of two values of one parameter one would be ignored, and nobody told."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if not repeated:
        return None
    problems = [FieldProblem(where=f"query.{name}", what="it is given more than once") for name in repeated]
    told = "; ".join(f"{one.where}: {one.what}" for one in problems)
    return problem_response(422, told, "give each parameter once", problems)


def _without_type(response: Response) -> Response:
    if response.status_code == 204:
        response.headers.pop("Content-Type", None)  # there is nothing to be of a type; WSGI forbids it
    return response


def _described_where_it_is(response: Response) -> Response:
    """Paths of the description count from the root of a head end, which for a session is not that of the server."""
    if request.script_root and request.path == f"{PREFIX}{SPEC_PATH}" and response.status_code == 200:
        response.data = json.dumps({**json.loads(response.data), "servers": [{"url": request.script_root}]})
    return response


def _finish(spec: Any) -> Any:
    """What APIFlask cannot know: that errors are problems, and that a body is not optional."""
    schemas = spec["components"].setdefault("schemas", {})
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs"))
    schemas["Problem"] = schema
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in spec["paths"].values():
        for operation in path.values():
            operation["responses"] |= {
                "4XX": {"description": "It was not done, and what to do instead.", "content": content},
                "5XX": {"description": "The store is busy or out of reach, or a bug.", "content": content},
            }
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    return spec

"""One Spyne application per service of the contract, built from what the WSDL says."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from headend.soap.spyne_compat import Application, WsgiApplication  # isort: split

from spyne import Service, rpc

from headend.contract import Contract, OperationDescription, ServiceDescription
from headend.handlers.exchange import Request
from headend.handlers.ordered_answers import AnswerLost
from headend.handlers.pipeline import Pipeline
from headend.messages.response import Response
from headend.operations.refusal import Refusal
from headend.soap.faults import FaultCode, SoapFault
from headend.soap.protocol import PIPELINE, ContractSoap11, ErrorStyle, Message, RefusalFault, pipeline_of

ANSWER_LOST = "headend.answer_lost"
"""In the environ of a request whose answer is not to leave, and why: the site closes the connection instead."""
AS_IT_IS = "headend.as_it_is"
"""True in the environ of a request where a look has shown that nothing is to be done wrongly."""
WRONGLY = "headend.wrongly"
"""In the environ of a request that is to be answered wrongly: in what way."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def soap_application(
    service: ServiceDescription,
    contract: Contract,
    served: Collection[str],
    error_style: ErrorStyle,
    max_request_bytes: int,
) -> WsgiApp:
    """The WSGI application of a service: a Spyne operation for each operation of its port type.

    It serves all head ends of a process: each request is for the one whose pipeline its environ has (`with_pipeline`).

    `served` names all services of the site, to which a message that came to the wrong one is shown the way.
    Spyne dispatches on the body element, whose namespace is the service's message namespace.
    """
    methods = {operation.name: _method(operation) for operation in service.operations}
    operations = {operation.input: operation for operation in service.operations}

    def protocol() -> ContractSoap11:
        return ContractSoap11(contract, operations, served, error_style)

    application = Application(
        [type(service.name, (Service,), methods)],
        tns=service.message_namespace,
        name=service.name,
        in_protocol=protocol(),
        out_protocol=protocol(),
    )
    wsgi: WsgiApp = WsgiApplication(application, max_content_length=max_request_bytes)
    return wsgi


def with_pipeline(application: WsgiApp, pipeline: Pipeline) -> WsgiApp:
    """The application for one head end."""

    def of_head_end(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[PIPELINE] = pipeline
        return application(environ, start_response)

    return of_head_end


def _method(operation: OperationDescription) -> Any:
    def carry_out(ctx: Any, request: Request) -> Response:
        environ = ctx.transport.req_env
        wrongly = environ.get(WRONGLY)
        try:
            return pipeline_of(ctx).carry_out(
                request if wrongly is None else replace(request, wrongly=wrongly),
                as_it_is=environ.get(AS_IT_IS, False),
            )
        except Refusal as refusal:
            raise RefusalFault(refusal) from refusal
        except AnswerLost as lost:
            environ[ANSWER_LOST] = str(lost)
            raise SoapFault(FaultCode.SERVER, str(lost)) from lost

    carry_out.__name__ = operation.name
    return rpc(
        Message,
        _returns=Message,
        _body_style="bare",
        _in_message_name=operation.input,
        _out_message_name=operation.output,
    )(carry_out)

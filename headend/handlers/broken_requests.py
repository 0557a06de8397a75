"""A message that the head end sends, broken on purpose for one attempt; or what carries it is."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from headend.delivery import SoapRequest
from headend.delivery.soap_post import Mishap
from headend.messages.broken_content import broken_content
from headend.messages.broken_flow import cut_at, drip
from headend.operations.faults import Fault, FaultKind
from simulator.clock import Sleep


class BrokenOff(ConnectionAbortedError):
    """A message that ends in the middle, on purpose."""


def broken_request(request: SoapRequest, fault: Fault, sleep: Sleep) -> SoapRequest:
    """What is posted instead. sleep: lets seconds of the machine's pass."""
    mishap, body = Mishap(fault.cause), request.body
    length = len(body) if isinstance(body, bytes) else None
    match fault.kind:
        case FaultKind.CONNECTION_REFUSED:
            return replace(request, mishap=replace(mishap, is_refused=True))
        case FaultKind.RESET | FaultKind.TRUNCATED:
            whole = _whole(body)
            is_reset = fault.kind is FaultKind.RESET
            return replace(
                request,
                body=_breaking_off(whole[: cut_at(fault, len(whole))]),
                mishap=replace(mishap, is_reset=is_reset, promised_bytes=len(whole)),
            )
        case FaultKind.SLOW_DRIP:
            dripping = drip(_pieces(body), fault.value("bytes_per_second"), sleep)
            return replace(request, body=dripping, mishap=replace(mishap, promised_bytes=length))
        case _:
            pieces = broken_content(_pieces(body), fault)
            return replace(request, body=pieces if length is None else b"".join(pieces), mishap=mishap)


def _whole(body: bytes | Iterable[bytes]) -> bytes:
    return body if isinstance(body, bytes) else b"".join(body)


def _pieces(body: bytes | Iterable[bytes]) -> Iterable[bytes]:
    return [body] if isinstance(body, bytes) else body


def _breaking_off(part: bytes) -> Iterator[bytes]:
    if part:
        yield part
    raise BrokenOff("broken off on purpose")

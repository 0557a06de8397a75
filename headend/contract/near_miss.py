"""What a sender probably meant by a body element that is not served."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml import etree

from .services import OperationDescription, ServiceDescription

# Several services share body elements, such as Receive, Send and Reply. A head end answers under the first of
# these that it has and calls its partners under the others.
_ANSWERED_FIRST = ("Get", "Execute", "Request", "Receive", "Reply", "Send")
_ENOUGH = 0.75  # ratio of likeness from which a name is worth mentioning


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A body element, and the served operation that is nearest to it."""

    name: str  # local name of the body element
    used_namespace: str  # empty for none
    served_namespace: str | None  # of the nearest operation; None if nothing is near
    operation: str | None
    service: str | None
    path: str | None  # of the endpoint, such as /services/GetMeterReadings
    sentence: str


def nearest(services: Sequence[ServiceDescription], body: str) -> NearMiss:
    """Find what is nearest to the body element `{namespace}name`, by name first and by noun second.

    The noun finds MeterReadingsRequestMessage, which is what the early dialect calls a get request.
    """
    name, namespace = etree.QName(body).localname, etree.QName(body).namespace or ""
    used = f"{name} in namespace {namespace}" if namespace else f"{name} in no namespace"
    preferred = sorted(services, key=lambda service: _ANSWERED_FIRST.index(service.pattern))
    found = _operation(preferred, name)
    if found is None:
        nouns = ", ".join(sorted({service.noun for service in services}))
        sentence = f"{used} is not served here and resembles nothing that is; the nouns served are {nouns}"
        return NearMiss(name, namespace, None, None, None, None, sentence)
    service, operation = found
    path = f"/services/{service.name}"
    wanted = etree.QName(operation.input)
    if operation.input == body:
        sentence = f"{used} is served at {path}"
    elif wanted.localname == name:
        sentence = f"{used} is not served here; {name} is served in namespace {wanted.namespace} at {path}"
    else:
        near = f"{wanted.localname} in namespace {wanted.namespace} at {path}"
        sentence = f"{used} is not served here; the nearest is {near}"
    return NearMiss(name, namespace, wanted.namespace, operation.name, service.name, path, sentence)


def _operation(
    services: Sequence[ServiceDescription], name: str
) -> tuple[ServiceDescription, OperationDescription] | None:
    """The best operation for a name: the same, the same but for a suffix, of the same noun, or alike."""
    bare = name.removesuffix("Message").removesuffix("Request").removesuffix("Event")
    candidates = [(service, operation) for service in services for operation in service.operations]
    for wanted in (name, bare):
        for service, operation in candidates:
            if etree.QName(operation.input).localname == wanted:
                return service, operation
    for service, operation in candidates:
        if service.noun == bare:
            return service, operation
    return _alike(candidates, name)


def _alike(
    candidates: Sequence[tuple[ServiceDescription, OperationDescription]], name: str
) -> tuple[ServiceDescription, OperationDescription] | None:
    """The operation whose name is most like this one, the first of several; None if none is like it."""
    found, best = None, 0.0
    matcher = SequenceMatcher(None, b=name.casefold(), autojunk=False)
    for candidate in candidates:
        matcher.set_seq1(candidate[1].name.casefold())
        # The bounds are cheap and the ratio is not: a stranger's name may be as long as a message.
        if matcher.real_quick_ratio() < _ENOUGH or matcher.quick_ratio() < _ENOUGH:
            continue
        ratio = matcher.ratio()
        if ratio >= _ENOUGH and ratio > best:
            found, best = candidate, ratio
    return found

"""The SOAP 1.1 envelope of a request: what has to be true before any operation is looked for."""

from lxml import etree

from headend.messages.xml_names import SOAP12_ENVELOPE, SOAP_ENVELOPE, QualifiedName, tag
from headend.soap.faults import FaultCode, SoapFault

_NEXT_ACTOR = "http://schemas.xmlsoap.org/soap/actor/next"


def body_element(root: etree._Element) -> etree._Element:
    """The one element of the Body.

    Raises SoapFault: VersionMismatch for SOAP 1.2 and any other namespace, MustUnderstand for a header block that
    insists, Client for whatever is no envelope or has not exactly one body element.
    """
    name = QualifiedName.of(root.tag)
    if name.local != "Envelope":
        raise SoapFault(
            FaultCode.CLIENT,
            f"the document's root ({_line(root)}) is {name}, not an Envelope in namespace {SOAP_ENVELOPE}",
        )
    if name.namespace != SOAP_ENVELOPE:
        version = "SOAP 1.2" if name.namespace == SOAP12_ENVELOPE else f"in namespace {name.namespace or '(none)'}"
        raise SoapFault(
            FaultCode.VERSION_MISMATCH,
            f"the envelope ({_line(root)}) is {version}; this service speaks SOAP 1.1, namespace {SOAP_ENVELOPE}",
        )
    for header in root.iterchildren(tag(SOAP_ENVELOPE, "Header")):
        _check_understood(header)
    bodies = list(root.iterchildren(tag(SOAP_ENVELOPE, "Body")))
    if len(bodies) != 1:
        raise SoapFault(
            FaultCode.CLIENT, f"the envelope ({_line(root)}) has {len(bodies)} Body elements; it needs exactly one"
        )
    children = list(bodies[0].iterchildren("*"))
    if len(children) != 1:
        raise SoapFault(
            FaultCode.CLIENT,
            f"the Body ({_line(bodies[0])}) has {len(children)} elements; document/literal needs exactly one",
        )
    return children[0]


def _check_understood(header: etree._Element) -> None:
    """We understand no header block at all, which matters only for one that is meant for us and insists."""
    for block in header.iterchildren("*"):
        insists = (block.get(tag(SOAP_ENVELOPE, "mustUnderstand")) or "").strip() in ("1", "true")
        if insists and (block.get(tag(SOAP_ENVELOPE, "actor")) or _NEXT_ACTOR) == _NEXT_ACTOR:
            raise SoapFault(
                FaultCode.MUST_UNDERSTAND,
                f"the header block {QualifiedName.of(block.tag)} ({_line(block)}) says mustUnderstand; "
                "it is not understood here",
            )


def _line(element: etree._Element) -> str:
    return f"line {element.sourceline}"

"""SOAP 1.1 faults as fifteen real toolkits read them.

Their children are unqualified (so the envelope has no default namespace), the code is a plain prefixed name, and the
detail holds exactly the element that the operation declares, or is absent where no operation is known.
"""

from enum import StrEnum

from lxml import etree

from headend.messages.soap_envelope import PREFIX, envelope
from headend.messages.xml_names import SOAP_ENVELOPE, tag
from headend.soap.spyne_compat import Fault


class FaultCode(StrEnum):
    """Who has to change something before the request can work (SOAP 1.1, section 4.4.1)."""

    CLIENT = "Client"
    SERVER = "Server"
    VERSION_MISMATCH = "VersionMismatch"
    MUST_UNDERSTAND = "MustUnderstand"


class SoapFault(Fault):  # type: ignore[misc]  # Spyne has no types
    """A request that gets no reply message but a fault. `detail` is an element that the contract declares."""

    def __init__(self, code: FaultCode, sentence: str, detail: etree._Element | None = None) -> None:
        super().__init__(code.value, sentence)
        self.code = code
        self.sentence = sentence
        self.detail_element = detail


def fault_envelope(fault: SoapFault) -> etree._Element:
    """The envelope of a fault."""
    element = etree.Element(tag(SOAP_ENVELOPE, "Fault"), nsmap={PREFIX: SOAP_ENVELOPE})
    etree.SubElement(element, "faultcode").text = f"{PREFIX}:{fault.code}"
    etree.SubElement(element, "faultstring").text = fault.sentence
    if fault.detail_element is not None:
        etree.SubElement(element, "detail").append(fault.detail_element)
    return envelope(element)

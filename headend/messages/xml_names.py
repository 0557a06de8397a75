"""Namespaces and qualified names of the wire."""

from typing import NamedTuple

SOAP_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
MESSAGE = "http://iec.ch/TC57/2011/schema/message"


class QualifiedName(NamedTuple):
    """A name and its namespace, empty for none."""

    namespace: str
    local: str

    @classmethod
    def of(cls, tag: str) -> "QualifiedName":
        """Take apart the `{namespace}local` spelling of ElementTree."""
        if tag.startswith("{"):
            namespace, _, local = tag[1:].partition("}")
            return cls(namespace, local)
        return cls("", tag)

    def __str__(self) -> str:
        return f"{{{self.namespace}}}{self.local}" if self.namespace else self.local


def tag(namespace: str, local: str) -> str:
    """The `{namespace}local` spelling of ElementTree."""
    return f"{{{namespace}}}{local}"

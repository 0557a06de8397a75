"""When payloads are compressed and inflated: what the settings say about it, and what a request asks for."""

from dataclasses import dataclass, replace
from enum import StrEnum

from headend.handlers.exchange import Answer, Request
from headend.messages.compressed_payload import asks_for_compression, content_of_payload
from headend.messages.xml_names import QualifiedName
from headend.operations.reply import Error, Level


class When(StrEnum):
    """Which payloads of the size leave compressed. The standard leaves it to both ends to agree on it."""

    NEVER = "never"
    ASKED = "asked"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Compression:
    """What this head end does about Payload/Compressed.

    Only the reply to a get may carry it alone: in all others the contract wants the noun's element, so that these
    leave plain whatever is asked for.
    """

    when: When
    over_bytes: int
    """Smaller payloads leave plain; of the root element as text."""
    most_inflated_bytes: int
    """What comes compressed is inflated as far as this, and refused beyond."""

    def is_asked(self, request: Request) -> bool:
        """Raises Refusal (1.8) for a request that says neither yes nor no."""
        return request.operation.verb == "get" and asks_for_compression(request.body)

    def applied(self, answer: Answer, request: Request, asked: bool) -> Answer:
        """The answer with its payload in the form in which it leaves.

        A client that asks for what is switched off is told, and gets its payload.
        """
        if answer.payload is None or request.operation.verb != "get":
            return answer
        if self.when is When.ALWAYS or (asked and self.when is When.ASKED):
            namespace = QualifiedName.of(request.operation.output).namespace
            return replace(answer, payload=content_of_payload(answer.payload, namespace, self.over_bytes))
        if asked:
            told = Error(
                "1.8", "a compressed payload was asked for; none is sent here (setting compression)", Level.INFORM
            )
            return replace(answer, reply=replace(answer.reply, errors=(told, *answer.reply.errors)))
        return answer

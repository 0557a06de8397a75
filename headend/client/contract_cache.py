"""What clients of the same contract need to read only once, wherever it is served."""

from collections.abc import Callable
from typing import Any


class ContractCache:
    """zeep's documents by service. For clients of head ends that serve the same contract, as those of one process do.

    Reading a WSDL with its schemas takes longer than most calls.
    """

    def __init__(self) -> None:
        self._documents: dict[str, Any] = {}

    def document(self, service: str, read: Callable[[], Any]) -> Any:
        """The zeep.wsdl.Document of a service; `read` is called where nobody has read it before."""
        if service not in self._documents:
            self._documents[service] = read()
        return self._documents[service]

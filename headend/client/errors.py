"""What can keep a client from getting a reply. A reply with Result FAILED is none of it: that is an answer."""


class ClientError(Exception):
    """There is no reply; the message says why, and what was called."""


class Unreachable(ClientError):
    """Nobody answers at the address, or not in time, or whoever answers does not serve the contract."""


class NotSendable(ClientError):
    """The contract has no message for these values; nothing was sent."""


class NotUnderstood(ClientError):
    """There is an answer, but it is no SOAP message of the contract."""


class FaultReceived(ClientError):
    """The answer is a SOAP fault (SOAP 1.1, section 4.4)."""

    def __init__(self, code: str, sentence: str, detail: bytes | None) -> None:
        super().__init__(f"SOAP fault {code}: {sentence}")
        self.code = code
        """faultcode without its prefix: Client, Server, VersionMismatch or MustUnderstand."""
        self.sentence = sentence
        self.detail = detail
        """The detail element as XML; None where the fault has none."""

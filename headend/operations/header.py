"""The message Header as a value, and the rules that every request's header has to keep.

Each rule names the reply code that a breach gets (61968-100:2013, clause 6; 61968-9:2013, Annex B).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from headend.operations.refusal import Refusal

REQUEST_VERBS = frozenset({"create", "change", "cancel", "close", "delete", "get", "execute"})
EVENT_VERBS = frozenset({"created", "changed", "canceled", "closed", "deleted", "executed"})
VERBS = REQUEST_VERBS | EVENT_VERBS | {"reply"}
KNOWN_REVISIONS = frozenset({"1", "1.0", "2", "2.0"})


@dataclass(frozen=True, slots=True)
class ReplayDetection:
    """A value that its source does not repeat for a day or more, and when it was made.

    Both are kept as they came, so that a message which only seems to be protected is refused and not let through.
    """

    nonce: str
    """Empty where the element is."""
    created: datetime | None
    """None where the text is no instant."""


@dataclass(frozen=True, slots=True)
class User:
    """On whose behalf a request is made."""

    user_id: str
    organization: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The Header of any message; only verb and noun are required. Empty elements are read as absent."""

    verb: str
    noun: str
    revision: str | None = None
    replay_detection: ReplayDetection | None = None
    context: str | None = None
    timestamp: datetime | None = None
    source: str | None = None
    async_reply: bool = False
    reply_address: str | None = None
    ack_required: bool | None = None
    user: User | None = None
    message_id: str | None = None
    correlation_id: str | None = None
    comment: str | None = None
    properties: tuple[tuple[str, str | None], ...] = ()

    @property
    def answer_correlation_id(self) -> str | None:
        """What a reply to this message carries as CorrelationID: its own, else its MessageID, else nothing."""
        return self.correlation_id or self.message_id

    @property
    def is_asynchronous(self) -> bool:
        """Whether the call is only to acknowledge the request. Events are acknowledged anyway: they have no result."""
        return self.async_reply and self.verb in REQUEST_VERBS

    @property
    def late_reply_address(self) -> str | None:
        """Where the reply to an asynchronous request goes; None: nowhere, the transaction is one-way."""
        return None if self.ack_required is False else self.reply_address


@dataclass(frozen=True, slots=True)
class HeaderPolicy:
    """What this head end asks of headers beyond the standard's own rules."""

    strict: bool = False
    """Refuse an unknown Revision, which a lenient head end accepts: clients in the field send `0.1A` or `?`."""
    context: str | None = None
    """Refuse messages of any other Context (letters' case ignored); None takes all."""
    sources: frozenset[str] = frozenset()
    """Refuse messages of any other Source; empty takes all."""
    replay_window: timedelta = timedelta(hours=24)
    """How long a nonce is remembered, and how old or how far ahead `Created` may be."""


def check_verb_and_noun(verb: str | None, noun: str | None, operation_verb: str, operation_noun: str) -> None:
    """The Header must say what the operation says: it may not be a `get` inside Create...

    Taken before the schema is applied, so that a wrong verb is reported as such and not as an enumeration.
    Raises Refusal: 1.5 for an absent element, 2.9 for the verb, 2.5 for the noun.
    """
    if not verb:
        raise Refusal.because("1.5", "Header/Verb is missing or empty")
    if not noun:
        raise Refusal.because("1.5", "Header/Noun is missing or empty")
    if verb not in VERBS:
        raise Refusal.because(
            "2.9", f"Header/Verb is {verb!r}; the verbs are, in lower case: {', '.join(sorted(VERBS))}"
        )
    if verb != operation_verb:
        raise Refusal.because("2.9", f"Header/Verb is {verb!r}; this operation takes {operation_verb!r}")
    # A Get request may name the noun that it wants or its own request profile: clients do either.
    allowed = (operation_noun, f"Get{operation_noun}") if operation_verb == "get" else (operation_noun,)
    if noun not in allowed:
        raise Refusal.because("2.5", f"Header/Noun is {noun!r}; this operation takes {' or '.join(allowed)}")


def check_header(header: Header, policy: HeaderPolicy, now: datetime) -> None:
    """The rules that need the header's values but no memory.

    `now` is the machine's time: senders stamp by their own clock, whatever the fleet's clock is told to show.
    Raises Refusal with 1.5, 1.9, 2.14 or 7.7.
    """
    if policy.strict and header.revision is not None and header.revision not in KNOWN_REVISIONS:
        raise Refusal.because(
            "1.9",
            f"Header/Revision is {header.revision!r}; served here: {', '.join(sorted(KNOWN_REVISIONS))}",
        )
    if policy.context and header.context and header.context.casefold() != policy.context.casefold():
        raise Refusal.because(
            "7.7", f"Header/Context is {header.context!r}; this head end takes {policy.context!r} only"
        )
    if policy.sources and header.source not in policy.sources:
        raise Refusal.because("2.14", f"Header/Source is {header.source!r}, which is not a permitted system")
    if header.async_reply and header.ack_required is not False:
        _check_reply_address(header.reply_address)
    if header.replay_detection is not None:
        _check_replay_detection(header.replay_detection, policy.replay_window, now)


def replayed(detection: ReplayDetection, source: str | None) -> Refusal:
    """A nonce is good once; this is the refusal of its second use (7.7)."""
    sender = f"source {source!r}" if source else "a sender without Source"
    return Refusal.because("7.7", f"Header/ReplayDetection/Nonce {detection.nonce!r} was already used by {sender}")


def _check_reply_address(address: str | None) -> None:
    if not address:
        raise Refusal.because("1.5", "Header/AsyncReplyFlag is true but Header/ReplyAddress is missing or empty")
    if not is_http_address(address):
        raise Refusal.because("1.5", f"Header/ReplyAddress is {address!r}; an http or https URL is needed")


def is_http_address(address: str | None) -> bool:
    """Whether a ReplyAddress is one that we can post to: an http or https URL."""
    try:
        parts = urlsplit(address or "")
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # such as an unclosed IPv6 bracket
        return False


def _check_replay_detection(detection: ReplayDetection, window: timedelta, now: datetime) -> None:
    if not detection.nonce:
        raise Refusal.because("7.7", "Header/ReplayDetection/Nonce is empty, so it cannot tell a replay")
    if detection.created is None:
        raise Refusal.because("7.7", "Header/ReplayDetection/Created is no instant between the years 0001 and 9999")
    if abs(now - detection.created) > window:
        raise Refusal.because(
            "7.7",
            f"Header/ReplayDetection/Created is {detection.created.isoformat()}, more than "
            f"{window.total_seconds() / 3600:g} h away from this machine's time {now.isoformat()}",
        )

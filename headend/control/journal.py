"""`/control/v1/journal`: every exchange, in and out."""

from dataclasses import asdict
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import Annotated, Any, Final, Literal, Self

from apiflask import APIBlueprint
from flask import Response, send_file
from pydantic import Field

from headend.control.answer import Answer
from headend.control.driven_head_end import DrivenHeadEnd
from headend.control.forms import Form, Limit
from headend.control.journal_page import ASKED, exchange_html, journal_html
from headend.control.problems import problem_response
from headend.duration_field import Duration
from headend.journal.archive import write_archive
from headend.journal.entry import Direction, Message
from headend.journal.examiner import Examined
from headend.journal.examiner import LintFinding as Linted
from headend.journal.findings import Part
from headend.journal.journal import JournalOff, NotRecorded
from headend.journal.kept_entry import KeptEntry
from headend.journal.links import Link, Relation
from headend.journal.match import Match
from headend.journal.words import answered_in_words, asked_in_words
from headend.messages.indented import indented
from headend.operations.declined import Declined, DeclineKind

_Text = Annotated[str, Field(min_length=1, max_length=2000)]
_Number = Annotated[int, Field(ge=0, lt=2**63)]

_RAW: Final = "text/xml"
_ENVELOPE: Final[Any] = {200: {"description": "The envelope.", "content": {_RAW: {}}}}
_ZIP: Final[Any] = {200: {"description": "The zip file.", "content": {"application/zip": {}}}}
_EXAMPLE: Final = {"match": {"noun": "EndDeviceEvents", "meter": "M00000042"}, "count": 1, "timeout": "PT10S"}
_LONGEST_WAIT_S: Final = 300
_UNSAFE: Final = {
    # What strangers wrote is shown, never run: it comes from the same address as this API.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


_SHOWN: Final = {
    # What strangers wrote is in these pages as text; should any of it ever not be, it still does nothing.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
}
_A_PAGE: Final = 100


class JournalMatch(Form):
    """Which exchanges are meant; what is left out may be anything."""

    text: _Text | None = Field(
        None, description="A piece of either envelope or of what heads it, letter by letter.", examples=["M00000042"]
    )
    direction: Direction | None = Field(None, description="in: somebody called the head end; out: it called somebody.")
    service: _Text | None = Field(None, examples=["GetMeterReadings"])
    operation: _Text | None = Field(None, description="Body element of the request.", examples=["GetMeterReadings"])
    verb: _Text | None = Field(None, description="Header/Verb of the request.")
    noun: _Text | None = Field(None, description="Header/Noun of the request.")
    meter: _Text | None = Field(None, description="mRID or name of a meter that either message names.")
    message_id: _Text | None = Field(None, description="Header/MessageID of the request.")
    correlation_id: _Text | None = Field(
        None, description="Of a whole transaction: CorrelationID of its messages, or MessageID where there is none."
    )
    result: _Text | None = Field(None, description="OK, PARTIAL, FAILED, or fault.", examples=["FAILED"])
    code: _Text | None = Field(
        None, description="Of the answer's Errors; with a dot at its end all of a group.", examples=["2.4"]
    )
    status: int | None = Field(None, ge=100, le=599, description="Of HTTP.")

    def match(self) -> Match:
        """The same for the journal."""
        return Match(**{name: getattr(self, name) for name in JournalMatch.model_fields})


class JournalQuery(JournalMatch):
    """Which exchanges are wanted, and in which order."""

    after: _Number = Field(0, description="Only those with a higher number.")
    before: _Number | None = Field(None, description="Only those with a lower number.")
    newest_first: bool = Field(False, description="Else the oldest come first.")
    limit: Limit = 100


class JournalPage(Form):
    """What is to be seen of the journal; a field of the page's form that is left empty asks for nothing."""

    meter: str = Field("", max_length=2000)
    text: str = Field("", max_length=2000)
    noun: str = Field("", max_length=2000)
    direction: Literal["", "in", "out"] = ""
    result: str = Field("", max_length=2000)
    before: _Number | None = None
    refresh: bool = False

    def asked(self) -> dict[str, str]:
        """What is asked for, by the names of the form."""
        return {name: value for name in ASKED if (value := getattr(self, name))}

    def match(self) -> Match:
        """The same for the journal."""
        return JournalMatch.model_validate(self.asked()).match()


class EntryOptions(Form):
    """How an entry is shown."""

    indent: bool = Field(True, description="Envelopes with their elements on lines of their own; else as they were.")


class Exchange(Answer):
    """An exchange, without its envelopes."""

    number: int = Field(description="Grows with the end of exchanges.")
    direction: Direction
    at: datetime = Field(description="Fleet time at which it began.")
    machine_at: datetime = Field(description="The machine's time of that.")
    took_s: float = Field(description="Until the answer was complete.")
    peer: str = Field(description="Address of the client, or the URL that was called.")
    path: str
    service: str
    operation: str
    soap_action: str | None
    verb: str | None
    noun: str | None
    source: str | None
    message_id: str | None
    correlation_id: str | None
    status: int | None = Field(description="Of HTTP; null: no answer came.")
    result: str | None = Field(description="OK, PARTIAL, FAILED, or fault; null: the answer was none of them.")
    codes: list[str] = Field(description="Of the answer's Errors, each once.")
    names: list[str] = Field(description="mRIDs and names of objects in both messages, the first of many.")
    asked: str = Field(description="The request in words.")
    answered: str = Field(description="The answer in words, or why there is none.")
    failure: str | None = Field(description="Why no answer came, or not all of it.")
    outcome: str | None = Field(description="What the head end made of the answer to a message of its own.")
    notes: list[str]
    request_bytes: int
    response_bytes: int | None

    @classmethod
    def of(cls, kept: KeptEntry) -> Self:
        """The exchange as JSON."""
        return cls(**_columns(kept))


class Header(Answer):
    """A header of HTTP."""

    name: str
    value: str


class JournalMessage(Answer):
    """A request or an answer."""

    headers: list[Header]
    length: int = Field(description="Bytes that crossed the wire.")
    kept: int = Field(description="Bytes that are here; of a longer body its beginning.")
    sha256: str | None = Field(description="Of all bytes, where not all are here.")
    text: str

    @classmethod
    def of(cls, message: Message, headers: tuple[tuple[str, str], ...], *, indent: bool) -> Self:
        """The message as JSON."""
        return cls(
            headers=[Header(name=name, value=value) for name, value in headers],
            length=message.length,
            kept=len(message.body),
            sha256=message.sha256,
            text=indented(message.body) if indent else message.body.decode("utf-8", "replace"),
        )


class BrokenRule(Answer):
    """A rule of the contract or of the header that a message breaks."""

    part: Part
    code: str | None = Field(description="Reply code that a head end has for it.")
    path: str | None = Field(description="Of the element; null: it is about the message as a whole.")
    line: int | None
    rule: str


class NearMiss(Answer):
    """What a request was nearest to that was refused, or that came to nobody. null: nothing was near."""

    service: str | None
    path: str | None
    operation: str | None
    element: str | None
    namespace: str | None
    soap_action: str | None
    differs: list[str] = Field(description="What would have to be different.")


class LinkedExchange(Answer):
    """Another exchange of the same transaction: by CorrelationID and MessageID."""

    relation: Relation
    number: int
    direction: Direction
    at: datetime
    asked: str
    answered: str


class LintFinding(Answer):
    """What the linter says beyond the contract."""

    rule: str
    severity: str
    clause: str
    sentence: str
    part: str
    path: str
    line: int | None


class WholeExchange(Exchange):
    """All that is known of an exchange."""

    request: JournalMessage
    response: JournalMessage | None = Field(description="null: no answer came.")
    validation: list[BrokenRule]
    near_miss: NearMiss | None = Field(description="null: nothing was wrong with the way to an operation.")
    links: list[LinkedExchange]
    lint: list[LintFinding]


class Wait(Form):
    """For what is waited."""

    match: JournalMatch = Field(description="{} is any exchange.")
    count: int = Field(1, ge=1, le=1000, description="So many of them.")
    timeout: Duration = Field(timedelta(seconds=10), description="Of the machine's time; at most PT5M.")
    after: _Number = Field(0, description="Only those with a higher number; those that are there already count, too.")


class Found(Answer):
    """What was waited for."""

    exchanges: list[Exchange]


class ExchangeList(Answer):
    """A page of the journal."""

    exchanges: list[Exchange]
    next: int | None = Field(
        description="Give it as `after`, or as `before` with the newest first, for the next page; null: this is the "
        "last one."
    )
    recording: bool = Field(description="Whether exchanges are recorded: setting journal.")
    kept: int = Field(description="Exchanges in the journal.")
    kept_bytes: int
    dropped: int = Field(description="Exchanges that are missing, since the store could not keep up.")
    waiting: int = Field(description="Exchanges that this process has not written yet.")


def journal_blueprint(driven: DrivenHeadEnd) -> APIBlueprint:
    """GET and DELETE journal, GET journal/{number} and its messages."""
    journal = APIBlueprint("journal", __name__, tag="Journal")

    @journal.get("/journal")
    @journal.input(JournalQuery, location="query", arg_name="query")
    @journal.output(ExchangeList)
    def list_exchanges(query: JournalQuery) -> ExchangeList:
        """What came in and what left, whatever came of it."""
        found = driven.journal.find(
            query.match(),
            after=query.after,
            before=query.before,
            limit=query.limit + 1,
            newest_first=query.newest_first,
        )
        page, following = _cut(found, query.limit)
        status = driven.journal.status
        return ExchangeList(
            exchanges=[Exchange.of(one) for one in page],
            next=following,
            recording=status.is_on,
            kept=status.entries,
            kept_bytes=status.bytes,
            dropped=status.dropped,
            waiting=status.waiting,
        )

    @journal.delete("/journal")
    @journal.output({}, status_code=204)
    def clear() -> Response:
        """Forget all exchanges; numbers go on."""
        driven.journal.clear()
        return Response(status=204)

    @journal.get("/journal/<int:number>")
    @journal.input(EntryOptions, location="query", arg_name="options")
    @journal.output(WholeExchange)
    def show(number: int, options: EntryOptions) -> WholeExchange:
        """All that is known of an exchange."""
        examined = _examined(driven, number)
        entry = examined.kept.entry
        answer = entry.response
        near = examined.nearest
        return WholeExchange(
            **_columns(examined.kept),
            request=JournalMessage.of(entry.request, entry.request_headers, indent=options.indent),
            response=None
            if answer is None
            else JournalMessage.of(answer, entry.response_headers, indent=options.indent),
            validation=[BrokenRule(**asdict(one)) for one in examined.findings],
            near_miss=None if near is None else NearMiss(**asdict(near)),
            links=[_linked(one) for one in examined.links],
            lint=[_linted(one) for one in examined.lint],
        )

    @journal.get("/journal/<int:number>/request")
    @journal.doc(responses=_ENVELOPE)
    def request(number: int) -> Response:
        """The request, byte for byte; of one that was not kept whole the beginning."""
        return _raw(_kept(driven, number).entry.request)

    @journal.get("/journal/<int:number>/response")
    @journal.doc(responses=_ENVELOPE)
    def response(number: int) -> Response:
        """The answer, byte for byte; of one that was not kept whole the beginning."""
        answer = _kept(driven, number).entry.response
        if answer is None:
            raise Declined(
                DeclineKind.NOT_FOUND,
                f"exchange {number} has no answer",
                f"GET journal/{number} tells why there is none",
            )
        return _raw(answer)

    @journal.post("/journal/wait")
    @journal.input(Wait, arg_name="wanted", example=_EXAMPLE)
    @journal.output(Found)
    def wait(wanted: Wait) -> Found | Response:
        """Answer as soon as so many exchanges match, at the latest after `timeout`; they may have been there before."""
        seconds = wanted.timeout / timedelta(seconds=1)
        if not 0 <= seconds <= _LONGEST_WAIT_S:
            raise Declined(DeclineKind.INVALID, f"a wait of {seconds:g} s is none", f"wait {_LONGEST_WAIT_S} s at most")
        if not driven.waits.acquire(blocking=False):
            raise Declined(
                DeclineKind.CONFLICT,
                f"{driven.most_waits} waits are under way; more would leave no thread for what they wait for",
                "wait in fewer places, or raise the setting threads",
            )
        try:
            found = driven.journal.wait(wanted.match.match(), count=wanted.count, timeout_s=seconds, after=wanted.after)
        except NotRecorded as error:
            return problem_response(408, str(error), "look at GET journal for what is there, or wait longer")
        except JournalOff as error:
            raise Declined(DeclineKind.CONFLICT, str(error), "start the head end with journal: true") from error
        finally:
            driven.waits.release()
        return Found(exchanges=[Exchange.of(one) for one in found])

    @journal.get("/journal.zip")
    @journal.input(JournalMatch, location="query", arg_name="query")
    @journal.doc(responses=_ZIP)
    def export(query: JournalMatch) -> Response:
        """What matches as a zip file: index.jsonl, and each envelope as a file. `headend journal replay` takes it."""
        file = TemporaryFile()  # noqa: SIM115  # closed when it has left
        write_archive(driven.journal.pages(query.match()), file)
        file.seek(0)
        return send_file(file, "application/zip", as_attachment=True, download_name="journal.zip")

    @journal.get("/journal.html")
    @journal.input(JournalPage, location="query", arg_name="page")
    @journal.doc(hide=True)
    def look(page: JournalPage) -> Response:
        """The journal for people."""
        found = driven.journal.find(page.match(), before=page.before, limit=_A_PAGE + 1, newest_first=True)
        shown, older = _cut(found, _A_PAGE)
        return _html(journal_html(shown, page.asked(), driven.journal.status, older, refreshes=page.refresh))

    @journal.get("/journal/<int:number>.html")
    @journal.doc(hide=True)
    def look_at(number: int) -> Response:
        """An exchange for people."""
        return _html(exchange_html(_examined(driven, number)))

    return journal


def _cut(found: list[KeptEntry], most: int) -> tuple[list[KeptEntry], int | None]:
    """A page of what was found, where one more was looked for, and the number that the next page begins behind."""
    page = found[:most]
    return page, page[-1].entry.number if len(found) > most else None


def _html(page: str) -> Response:
    return Response(page, 200, _SHOWN, content_type="text/html; charset=utf-8")


def _linked(link: Link) -> LinkedExchange:
    kept = link.kept
    return LinkedExchange(
        relation=link.relation,
        number=kept.entry.number,
        direction=kept.entry.direction,
        at=kept.entry.at,
        asked=asked_in_words(kept),
        answered=answered_in_words(kept),
    )


def _linted(finding: Linted) -> LintFinding:
    return LintFinding(**{name: getattr(finding, name) for name in LintFinding.model_fields})


def _unknown(error: LookupError) -> Declined:
    return Declined(DeclineKind.NOT_FOUND, str(error), "GET journal lists what there is")


def _kept(driven: DrivenHeadEnd, number: int) -> KeptEntry:
    try:
        return driven.journal.entry(number)
    except LookupError as error:
        raise _unknown(error) from error


def _examined(driven: DrivenHeadEnd, number: int) -> Examined:
    try:
        return driven.examiner.examine(number)
    except LookupError as error:
        raise _unknown(error) from error


def _columns(kept: KeptEntry) -> dict[str, Any]:
    entry, heading = kept.entry, kept.heading
    return {
        "number": entry.number,
        "direction": entry.direction,
        "at": entry.at,
        "machine_at": entry.machine_at,
        "took_s": entry.took_s,
        "peer": entry.peer,
        "path": entry.path,
        "service": entry.service,
        "operation": heading.operation,
        "soap_action": entry.soap_action,
        "verb": heading.verb,
        "noun": heading.noun,
        "source": heading.source,
        "message_id": heading.message_id,
        "correlation_id": heading.correlation_id,
        "status": entry.status,
        "result": heading.result,
        "codes": list(heading.codes),
        "names": list(heading.names),
        "asked": asked_in_words(kept),
        "answered": answered_in_words(kept),
        "failure": entry.failure,
        "outcome": entry.outcome,
        "notes": list(entry.notes),
        "request_bytes": entry.request.length,
        "response_bytes": None if entry.response is None else entry.response.length,
    }


def _raw(message: Message) -> Response:
    headers = _UNSAFE | ({} if message.is_whole else {"X-Length": str(message.length)})
    return Response(message.body, 200, headers, content_type=_RAW)

"""An exchange in one line, for a terminal, a page and the report of a test."""

from http import HTTPStatus

from headend.journal.entry import Direction, Entry, Message
from headend.journal.heading import FAULT
from headend.journal.kept_entry import KeptEntry
from headend.journal.opened import charset_of, inflate, opened
from headend.messages.content import Content
from headend.messages.content_words import content_words, reply_words
from headend.messages.told import ReplyError

_LONGEST_SENTENCE = 160


def in_words(kept: KeptEntry) -> str:
    """Such as `create EndDeviceControls, 1 control, M00000003 RCDSwitch.-.Disconnect: OK 0.0`."""
    arrow = "" if kept.entry.direction is Direction.IN else f" to {kept.entry.peer}"
    return f"{asked_in_words(kept)}{arrow}: {answered_in_words(kept)}"


def asked_in_words(kept: KeptEntry) -> str:
    """The request."""
    entry, heading = kept.entry, kept.heading
    if heading.verb is None and heading.noun is None:
        return heading.operation or entry.operation or f"a message to {entry.service or entry.path or 'nobody'}"
    content = _content(entry.request, charset_of(entry.request_headers))
    # The operation where it and the Header do not go together: else it only says the same once more.
    said = f"{heading.verb or '?'} {heading.noun or '?'}"
    fits = heading.operation.lower() == f"{heading.verb or ''}{heading.noun or ''}".lower()
    head = said if fits or not heading.operation else f"{said} in {heading.operation}"
    replied = reply_words(content.result, content.errors)
    return ", ".join([head, *replied, *content_words(content), *_rest(entry.request)])


def answered_in_words(kept: KeptEntry) -> str:
    """The answer, or why there is none."""
    entry, heading = kept.entry, kept.heading
    if entry.response is None:
        return f"no answer, {entry.failure}" if entry.failure else "no answer"
    parts: list[str] = []
    if heading.result == FAULT:
        parts.append(_fault_words(entry))
    elif heading.result is not None:
        content = _content(entry.response, charset_of(entry.response_headers))
        parts += reply_words(heading.result, [_bare(code) for code in heading.codes])
        parts += content_words(content) if content.events or content.readings else []
    else:
        text = entry.response.body.decode("utf-8", "replace").strip().partition("\n")[0]
        readable = text if text.isprintable() and not text.startswith("<") else ""
        parts.append(f"HTTP {_status(entry.status)}" + (f", {_short(readable)}" if readable else ""))
    parts += _rest(entry.response)
    if entry.failure:
        parts.append(entry.failure)
    return ", ".join(parts)


def _content(message: Message, charset: str | None) -> Content:
    body = opened(message, charset).body
    if body is not None and message.is_whole:
        inflate(body)
    return Content(body)


def _fault_words(entry: Entry) -> str:
    fault = None if entry.response is None else opened(entry.response).fault
    code = "" if fault is None else (fault.findtext("faultcode") or "").rpartition(":")[2].strip()
    sentence = "" if fault is None else " ".join((fault.findtext("faultstring") or "").split())
    return f"fault {code}: {_short(sentence)}".rstrip(": ")


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST_SENTENCE else f"{sentence[:_LONGEST_SENTENCE]}…"


def _rest(message: Message) -> list[str]:
    return [] if message.is_whole else [f"of {message.length} bytes the first {len(message.body)}"]


def _bare(code: str) -> ReplyError:
    return ReplyError(code, None, None, None, None)


def _status(status: int | None) -> str:
    try:
        return f"{status} {HTTPStatus(status or 0).phrase}"
    except ValueError:
        return str(status)

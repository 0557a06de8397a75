"""Exchanges as a zip file: an index, and each envelope as a file of its own, byte for byte.

index.jsonl                                      a JSON object a line, in the order of the journal
000001-in-GetMeterReadings-request.xml
000001-in-GetMeterReadings-response.xml
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from headend.journal.entry import Direction, Entry, Message
from headend.journal.kept_entry import KeptEntry
from headend.journal.words import answered_in_words, asked_in_words
from headend.messages.xml_instants import instant_text

INDEX: Final = "index.jsonl"

_SAFE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
_EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""Before it a zip file knows no time."""


class NotAnArchive(ValueError):
    """A file is no zip of a journal; the message says what is wrong with it, and where."""


def write_archive(exchanges: Iterable[KeptEntry], file: IO[bytes]) -> int:
    """Write a zip file, an exchange at a time; how many it was. The index is all that is held until the end."""
    lines = []
    stamp = _EARLIEST
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for kept in exchanges:
            entry = kept.entry
            stamp = max(entry.machine_at, _EARLIEST)
            line = _index(kept)
            for part, message in (("request", entry.request), ("response", entry.response)):
                if message is not None:
                    archive.writestr(_file(line[part]["file"], stamp), message.body, ZIP_DEFLATED)
            lines.append(json.dumps(line, ensure_ascii=False))
        archive.writestr(_file(INDEX, stamp), "".join(f"{line}\n" for line in lines), ZIP_DEFLATED)
    return len(lines)


def read_archive(path: Path) -> list[Entry]:
    """The exchanges of a zip file, in its order. Raises NotAnArchive, and OSError where it cannot be read."""
    try:
        with ZipFile(path) as archive:
            return list(_entries(path, archive))
    except BadZipFile as error:
        raise NotAnArchive(f"{path} is no zip file: {error}") from error


def _entries(path: Path, archive: ZipFile) -> Iterator[Entry]:
    try:
        index = archive.read(INDEX).decode("utf-8")
    except (KeyError, UnicodeDecodeError) as error:
        raise NotAnArchive(f"{path} holds no {INDEX}; `headend journal export` writes one") from error
    for number, line in enumerate(index.splitlines(), 1):
        try:
            yield _entry(json.loads(line), archive)
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise NotAnArchive(f"{path}, {INDEX}, line {number}: {what}") from error


def _index(kept: KeptEntry) -> dict[str, Any]:
    entry, heading = kept.entry, kept.heading
    name = heading.operation or entry.service
    stem = f"{entry.number:06}-{entry.direction}-{name if _SAFE.fullmatch(name) else 'message'}"
    return {
        "number": entry.number,
        "direction": entry.direction.value,
        "at": instant_text(entry.at, UTC),
        "machine_at": instant_text(entry.machine_at, UTC),
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
        "asked": asked_in_words(kept),
        "answered": answered_in_words(kept),
        "failure": entry.failure,
        "outcome": entry.outcome,
        "notes": list(entry.notes),
        "request": _message_index(f"{stem}-request.xml", entry.request, entry.request_headers),
        "response": None
        if entry.response is None
        else _message_index(f"{stem}-response.xml", entry.response, entry.response_headers),
    }


def _message_index(file: str, message: Message, headers: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {
        "file": file,
        "length": message.length,
        "sha256": message.sha256,
        "headers": [list(one) for one in headers],
    }


def _entry(line: dict[str, Any], archive: ZipFile) -> Entry:
    answer = line["response"]
    return Entry(
        number=line["number"],
        direction=Direction(line["direction"]),
        at=_instant(line["at"]),
        machine_at=_instant(line["machine_at"]),
        took_s=float(line["took_s"]),
        peer=line["peer"],
        service=line["service"],
        operation=line["operation"],
        soap_action=line["soap_action"],
        status=line["status"],
        request=_message(line["request"], archive),
        response=None if answer is None else _message(answer, archive),
        failure=line["failure"],
        path=line["path"],
        request_headers=_headers(line["request"]),
        response_headers=() if answer is None else _headers(answer),
        outcome=line["outcome"],
        notes=tuple(line["notes"]),
    )


def _message(said: dict[str, Any], archive: ZipFile) -> Message:
    return Message(archive.read(said["file"]), int(said["length"]), said["sha256"])


def _headers(said: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in said["headers"])


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return instant.astimezone(UTC)


def _file(name: str, stamp: datetime) -> ZipInfo:
    return ZipInfo(name, (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second))

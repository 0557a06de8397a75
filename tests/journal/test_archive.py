"""A journal as a zip file, and back."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from headend.journal import Direction, Message
from headend.journal.archive import NotAnArchive, read_archive, write_archive
from headend.journal.heading import heading_of
from headend.journal.kept_entry import KeptEntry
from tests.journal.exchanges import entry

ENTRIES = [
    entry(
        1,
        operation="GetMeterReadings",
        soap_action="act",
        request_headers=(("Content-Type", "text/xml"),),
        notes=("one",),
    ),
    entry(
        2,
        operation="GetMeterReadings",
        direction=Direction.OUT,
        status=None,
        response=None,
        failure="timed out",
        outcome="timed out",
    ),
    entry(3, operation="../../etc/passwd", request=Message(b"<beg", 70_000, "ab"), service="../x"),
]


def written(tmp_path: Path) -> Path:
    path = tmp_path / "journal.zip"
    kept = [KeptEntry(one, heading_of(one)) for one in ENTRIES]
    with path.open("wb") as file:
        assert write_archive(kept, file) == 3
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    again = read_archive(written(tmp_path))
    assert again[:2] == ENTRIES[:2]
    assert (again[2].request, again[2].service) == (ENTRIES[2].request, "../x")


def test_each_envelope_is_a_file_of_a_harmless_name(tmp_path: Path) -> None:
    with ZipFile(written(tmp_path)) as archive:
        assert archive.namelist() == [
            "000001-in-GetMeterReadings-request.xml",
            "000001-in-GetMeterReadings-response.xml",
            "000002-out-GetMeterReadings-request.xml",
            "000003-in-message-request.xml",
            "000003-in-message-response.xml",
            "index.jsonl",
        ]
        assert archive.read("000001-in-GetMeterReadings-request.xml") == ENTRIES[0].request.body
        assert archive.read("index.jsonl").count(b"\n") == 3


def test_the_same_exchanges_are_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path).read_bytes() == written(tmp_path).read_bytes()


@pytest.mark.parametrize(
    ("index", "told"),
    [
        (None, "holds no index.jsonl"),
        ("{\n", "index.jsonl, line 1"),
        ("{}\n", "line 1: 'response' is missing"),
        ("[]\n", "index.jsonl, line 1"),
    ],
)
def test_what_is_no_journal_is_told_where(tmp_path: Path, index: str | None, told: str) -> None:
    path = tmp_path / "other.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("other.txt" if index is None else "index.jsonl", index or "x")
    with pytest.raises(NotAnArchive, match=told):
        read_archive(path)


def test_what_is_no_zip_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_text("hello")
    with pytest.raises(NotAnArchive, match=r"x\.zip is no zip file"):
        read_archive(path)

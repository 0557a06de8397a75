"""Reports: each check in them, whatever a head end says, and nothing that differs between equal runs."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from lxml import etree

from headend.conformance.check import Outcome
from headend.conformance.reports.as_json import json_bytes, run_json
from headend.conformance.reports.junit import junit_xml
from headend.conformance.reports.page import run_html
from headend.conformance.run import Run
from headend.journal import Direction, Message
from tests.conformance.judged import Judged
from tests.conformance.made_runs import AT, READ, case, check, coverage, entry, run

HOSTILE = "]]></failure><script>alert(1)</script>\x00\ud800&"


def junit(made: Run, **how: bool) -> etree._Element:
    return etree.fromstring(junit_xml(made, **how))


EVERY = [
    check(f"a sentence that is {outcome.value}", outcome, expected="1", seen="2", reason="so") for outcome in Outcome
]


def test_junit_has_a_testcase_for_each_check_with_its_clause() -> None:
    root = junit(run(case(*EVERY), case(check(), id_="header.trial")))
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [("reading", "6"), ("header", "1")]
    names = [(one.get("classname"), one.get("name")) for one in root.iter("testcase")]
    assert names[0] == ("conformance.reading.trial", "01 a sentence that is passed")
    assert len(set(names)) == 7
    clauses = [one.get("value") for one in root.iterfind(".//testcase/properties/property[@name='clause']")]
    assert clauses == ["61968-9:2013 5.3"] * 7


@pytest.mark.parametrize(("strict", "failures", "skipped"), [(False, 1, 2), (True, 3, 1)], ids=["as it is", "strict"])
def test_junit_counts_as_the_run_does(strict: bool, failures: int, skipped: int) -> None:
    (suite,) = junit(run(case(*EVERY), strict=strict))
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == [
        "6",
        str(failures),
        "1",
        str(skipped),
    ]
    assert len(suite.findall(".//failure")) == failures
    assert len(suite.findall(".//skipped")) == skipped
    assert len(suite.findall(".//error")) == 1


def test_junit_says_what_was_expected_and_seen() -> None:
    (failure,) = junit(run(case(check("x", Outcome.FAILED, expected="Result OK", seen="Result FAILED")))).iter(
        "failure"
    )
    assert failure.get("message") == "expected Result OK; seen Result FAILED"


def test_no_report_breaks_on_what_a_head_end_may_say() -> None:
    made = run(
        case(
            check(HOSTILE, Outcome.FAILED, seen=HOSTILE, expected=HOSTILE),
            exchanges=(
                entry(HOSTILE.encode("utf-8", "replace"), b"\xff\xfe\x00<"),
                entry(response=None, failure=HOSTILE),
            ),
        )
    )
    assert junit(made).find(".//script") is None
    page = run_html(made, coverage(made)).decode()
    assert "<script" not in page
    parsed = json.loads(json_bytes(run_json(made, coverage(made))))
    assert "alert(1)" in parsed["cases"][0]["checks"][0]["seen"]


class _Looker(HTMLParser):
    """Keeps what a page loads, its ids, what it links to, and whether elements are closed."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.details = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.loads += [str(said[name]) for name in ("src", "data", "srcset") if name in said]
        self.loads += [str(said["href"])] if tag == "link" else []
        self.links += [str(said["href"])] if tag == "a" else []
        self.ids += [str(said["id"])] if "id" in said else []
        self.details += tag == "details"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_in_itself() -> None:
    made = run(case(check("x", Outcome.FAILED, exchange=1), exchanges=(entry(),)), case(check(), id_="header.trial"))
    page = run_html(made, coverage(made)).decode()
    looker = _Looker()
    looker.feed(page)
    assert looker.open == []
    assert looker.loads == []
    assert "<script" not in page
    assert not re.findall(r"url\(|@import", page)
    assert len(set(looker.ids)) == len(looker.ids)
    assert {link.removeprefix("#") for link in looker.links} <= set(looker.ids)
    assert looker.details == 3


def test_the_page_unfolds_what_was_sent_and_answered() -> None:
    made = run(case(check(), exchanges=(entry(), entry(number=2, direction=Direction.IN))))
    page = run_html(made, coverage(made)).decode()
    assert "&lt;<b>Verb</b>&gt;get&lt;/<b>Verb</b>&gt;" in page
    assert "The head end sent" in page


def test_a_long_message_is_cut_in_the_page_with_a_word() -> None:
    long = READ.replace(b"get", b"g" * 50_000)
    made = run(case(check(), exchanges=(entry(long, None), entry(number=2, request=Message(b"<a/>", 4_000_000).body))))
    assert re.search(r"… [\d,]+ more characters", run_html(made, coverage(made)).decode())


def test_json_has_everything() -> None:
    made = run(case(*EVERY, exchanges=(entry(),)))
    report = json.loads(json_bytes(run_json(made, coverage(made))))
    assert (report["format"], report["seed"], report["passed"]) == (1, 7, False)
    assert report["checks"] == dict.fromkeys((outcome.value for outcome in Outcome), 1)
    (exchange,) = report["cases"][0]["exchanges"]
    assert exchange["request"]["body"] == READ.decode()
    assert report["coverage"]["operations"]["seen"] == {"get MeterReadings": 1}


def test_without_times_equal_runs_are_equal_bytes() -> None:
    made = run(case(*EVERY, exchanges=(entry(),)))
    slower = replace(
        made,
        took_s=9.0,
        began=AT + timedelta(hours=1),
        cases=tuple(
            replace(one, took_s=3.0, exchanges=(entry(took_s=1.0, machine_at=AT + timedelta(hours=1)),))
            for one in made.cases
        ),
    )
    assert _reports(made) == _reports(slower)
    assert junit_xml(made) != junit_xml(slower)


def test_the_same_run_twice_is_the_same_bytes(target: Judged) -> None:
    wanted = (
        "header.replay",
        "header.resend",
        "reading.intervals-of-a-day",
        "events.published",
        "controls.cancelled",
        "schedules.readings-arrive",
        "operation-sets.all-or-nothing",
        "asynchrony.late-reply",
        "epri.ecitp-2.05",
        "epri.mv-01",
    )
    port = _free_port()
    first, second = (target.run(*wanted, seed=42, reset=True, receiver_port=port, patience_s=5.0) for _ in range(2))
    assert first.passed
    assert len(first.entries()) >= 30
    for one, other in zip(_reports(first), _reports(second), strict=True):
        assert one.splitlines() == other.splitlines()


def _reports(made: Run) -> list[bytes]:
    covered = coverage(made)
    return [
        junit_xml(made, times=False),
        json_bytes(run_json(made, covered, times=False)),
        run_html(made, covered, times=False),
    ]


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port

"""What is told of a tour, on the console and in the report."""

from io import StringIO

from lxml import html
from rich.console import Console

from headend.demo.account import Account, Chapter, Check
from headend.demo.report import report_html
from headend.demo.telling import Teller


def told(width: int = 80) -> tuple[Account, StringIO]:
    out = StringIO()
    teller = Teller(Console(file=out, width=width), show_xml=False)
    return Account(teller.title, teller.tell), out


def test_a_check_that_holds_says_what_was_found() -> None:
    account, out = told()
    account.begin("A step")
    account.check("Result", "OK", "OK")
    assert "✔ Result: OK" in out.getvalue()
    assert account.passed


def test_a_check_that_does_not_hold_says_what_was_expected() -> None:
    account, out = told()
    account.begin("A step")
    account.check("meters", ["M1"], ["M1", "M2"])
    assert "✘ meters: expected M1, M2, got M1" in out.getvalue()
    assert not account.passed


def test_one_wrong_check_among_many_fails_the_account() -> None:
    account, _ = told()
    for so in (True, False, True):
        account.begin("A step")
        account.holds("it is so", so)
    assert [chapter.passed for chapter in account.chapters] == [True, False, True]
    assert not account.passed


def test_a_step_that_checks_nothing_has_not_passed() -> None:
    account, _ = told()
    account.begin("A step")
    account.say("words only")
    assert not account.passed


def test_an_account_of_nothing_has_not_passed() -> None:
    assert not told()[0].passed


def test_a_quoted_line_has_its_remark_under_it() -> None:
    account, out = told()
    account.begin("A step")
    account.quote(["<a>", "<b/>", "</a>", "", "<c/>"], [(2, "no b here")])
    lines = [line.strip() for line in out.getvalue().splitlines()][2:]
    assert lines == ["1 <a>", "2 <b/>", "↑ no b here", "3 </a>"]


def test_a_chart_that_is_too_wide_is_fitted() -> None:
    account, out = told(width=40)
    account.begin("A step")
    account.chart("Wh", [1.0] * 96)
    (bars,) = [line.strip() for line in out.getvalue().splitlines() if "█" in line]
    assert len(bars) == 36


def test_the_report_has_every_step_and_what_was_wrong() -> None:
    chapter = Chapter("A <step>", [Check("Result", True, "OK", "OK"), Check("code", False, "2.4", "<none>")])
    page = html.fromstring(report_html([chapter], "1.0"))
    assert page.findtext(".//h2") == "1. A <step>"
    assert [(line.get("class"), line.text) for line in page.iterfind(".//div")] == [
        ("ok", "Result: OK"),
        ("wrong", "code: expected 2.4, got <none>"),
    ]

"""The linter itself: what is looked at, what counts how much, and what is said of where."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lxml import etree

from headend.contract import Contract
from headend.journal import Entry, Message
from headend.lint import OFF, RULES, Finding, Linter, Need, Severity, Side, UnknownRule
from headend.lint.linter import AND_MORE, MOST_FINDINGS
from headend.lint.run_check import Memory
from tests.lint.exchanges import (
    HOUR,
    asked_late,
    exchange,
    late_reply,
    of_meter,
    quarters,
    read,
    readings,
    register,
    spoiled,
    told_events,
    told_readings,
)
from tests.support.any_message import message, payload, request
from tests.support.compressed import deflated
from tests.support.instances import instance
from tests.support.soap_requests import ENERGY

UNKNOWN_CORRELATION = spoiled(read(), response=("c-1", "c-2"))
NEGATIVE = told_readings(readings(of_meter(quarters(*HOUR)), of_meter(quarters("11:00", value="-1"), "M00000004")))


def rules_of(findings: list[Finding]) -> list[str]:
    return [one.rule for one in findings]


# What is said of where


def test_a_finding_says_what_is_wrong_where_and_by_which_rule(linter: Linter) -> None:
    (found,) = linter.findings([UNKNOWN_CORRELATION])
    assert found == Finding(
        rule="header.correlation-echoed",
        severity=Severity.ERROR,
        clause="61968-100:2013, clause 6",
        sentence="CorrelationID is 'c-2'; the request's CorrelationID is 'c-1'",
        entry=1,
        part=Side.RESPONSE,
        path="/MeterReadingsResponseMessage/Header/CorrelationID",
        line=2,
    )
    assert str(found) == (
        "error header.correlation-echoed: CorrelationID is 'c-2'; the request's CorrelationID is 'c-1' "
        "(response, line 2 /MeterReadingsResponseMessage/Header/CorrelationID; 61968-100:2013, clause 6)"
    )


def test_the_place_of_a_value_is_told_though_it_was_let_go(linter: Linter) -> None:
    (found,) = linter.findings([NEGATIVE])
    within = "/CreatedMeterReadings/Payload/MeterReadings/MeterReading[2]/IntervalBlocks[1]/IntervalReadings[1]/value"
    assert (found.rule, found.path, found.part) == ("value.not-negative", within, Side.REQUEST)


def test_the_line_of_a_value_is_right_beyond_what_sixteen_bits_count(contract: Contract) -> None:
    linter = Linter(contract, wishes={"series.*": OFF})
    many = quarters(*["11:00"] * 40_000).replace("<IntervalReadings>", "\n\n<IntervalReadings>")
    entry = told_readings(readings(of_meter(many + quarters("11:00", value="-1").replace("><", ">\n<"))))
    (found,) = linter.findings([entry])
    body = entry.request.body.split(b"\n")
    assert found.line is not None
    assert found.line > 65_535
    assert any(b"<value>-1" in line for line in body[found.line - 1 : found.line + 3])


def test_what_came_compressed_is_judged_and_its_place_told(linter: Linter) -> None:
    inside = readings(of_meter(quarters(*HOUR, value="-1")))
    packed = f"{readings()}<Compressed>{deflated(inside)}</Compressed><Format>XML</Format>"
    found = list(linter.findings([told_readings(packed)]))
    assert set(rules_of(found)) == {"value.not-negative"}
    assert len(found) == len(HOUR)
    assert found[0].path.startswith("/CreatedMeterReadings/Payload/Compressed/MeterReadings/MeterReading[1]/")


def test_findings_come_request_first_and_by_line(linter: Linter) -> None:
    entry = spoiled(UNKNOWN_CORRELATION, request=("<m:Noun>MeterReadings", "<m:Noun>Readings"))
    assert [one.part for one in linter.findings([entry])] == [Side.REQUEST, Side.RESPONSE]


def test_entries_without_a_number_are_counted(linter: Linter) -> None:
    wrong = replace(UNKNOWN_CORRELATION, number=0)
    found = list(linter.findings([replace(read(number=2), number=0), wrong]))
    assert [one.entry for one in found] == [2]


def test_of_one_rule_in_one_message_only_so_much_is_told(linter: Linter) -> None:
    many = told_readings(readings(of_meter("".join(quarters("11:00", value="-1") for _ in range(30)))))
    found = [one for one in linter.findings([many]) if one.rule == "value.not-negative"]
    assert len(found) == MOST_FINDINGS + 1
    assert found[-1].sentence == AND_MORE
    assert AND_MORE not in [one.sentence for one in found[:-1]]


# What is looked at


@pytest.mark.parametrize("kept", [0, 40, 300, 700])
def test_a_message_that_was_cut_short_is_noted_and_not_judged(linter: Linter, kept: int) -> None:
    assert UNKNOWN_CORRELATION.response is not None
    body = UNKNOWN_CORRELATION.response.body
    found = list(linter.findings([replace(UNKNOWN_CORRELATION, response=Message(body[:kept], len(body)))]))
    assert rules_of(found) == ["message.whole"]
    assert found[0].severity is Severity.NOTE


def test_the_header_of_a_request_that_was_cut_short_is_known_to_what_follows(linter: Linter) -> None:
    asked = asked_late()
    cut = replace(asked, request=Message(asked.request.body[:-60], len(asked.request.body)))
    assert rules_of(list(linter.findings([cut, late_reply()]))) == ["message.whole"]
    assert rules_of(list(linter.findings([cut]))) == ["message.whole", "async.late-reply-owed"]


def test_an_answer_alone_is_judged_as_far_as_that_goes(linter: Linter) -> None:
    alone = replace(read(readings(of_meter(quarters("11:00", value="-1")))), request=Message.whole(b""))
    assert rules_of(list(linter.findings([alone]))) == ["value.not-negative"]


def test_both_directions_are_judged_alike(linter: Linter) -> None:
    told = told_events()
    assert told.response is not None
    spoiled_answer = spoiled(told, response=("<m:Verb>reply", "<m:Verb>created"))
    assert rules_of(list(linter.findings([spoiled_answer]))) == ["header.verb-fits"]


def test_a_reading_type_that_the_message_declares_may_be_called_by_its_name(linter: Linter) -> None:
    own = "<ReadingType><Names><name>our profile</name></Names></ReadingType>"
    text = of_meter(quarters(*HOUR, kind="our profile"))
    assert list(linter.findings([told_readings(readings(text, own))])) == []
    assert rules_of(list(linter.findings([told_readings(readings(text))]))) == ["reading.type-decodable"]


def test_a_reading_type_may_be_said_in_words(linter: Linter) -> None:
    words = "fifteenMinute deltaData forward electricitySecondaryMetered energy (Wh)"
    assert list(linter.findings([told_readings(readings(of_meter(quarters(*HOUR, kind=words))))])) == []


def test_the_value_that_triggers_a_read_comes_along_with_what_is_read(linter: Linter) -> None:
    demand = "0.8.2.6.1.1.8.0.0.0.0.0.0.0.0.3.38.0"
    trigger = f"<Readings><ReadingType><mRID>{demand}</mRID></ReadingType></Readings>"
    part = f"<MeterReadings><isCoincidentTrigger>true</isCoincidentTrigger>{trigger}</MeterReadings><TimeSchedule>"
    came = readings(of_meter(register() + register(kind=demand)))
    for types in ((), (ENERGY,)):
        asked = spoiled(read(came, reading_types=types), request=("<TimeSchedule>", part))
        assert [one for one in linter.findings([asked]) if one.rule == "reading.type-asked"] == []
    plain = read(came, reading_types=[ENERGY])
    assert "reading.type-asked" in rules_of(list(linter.findings([plain])))


def test_where_values_are_chosen_by_quality_nothing_is_missing_between_them(linter: Linter) -> None:
    gap = read(readings(of_meter(quarters("10:15", "11:00", quality="2.5.256"))))
    assert rules_of(list(linter.findings([gap]))) == ["series.gap-told"]
    chosen = "<ReadingQuality><ReadingQualityType><mRID>2.5.256</mRID></ReadingQualityType></ReadingQuality>"
    asked = spoiled(gap, request=("<TimeSchedule>", f"{chosen}<TimeSchedule>"))
    assert list(linter.findings([asked])) == []


def test_letters_of_an_mrid_count_the_same_in_both_cases(linter: Linter) -> None:
    mrid = "D7D81100-B626-8001-9FB5-000000000003"
    named = "<EndDevice><Names><name>M00000003</name></Names></EndDevice>"
    text = readings(of_meter(quarters(*HOUR), mrid=mrid.lower()))
    asked = spoiled(read(text), request=(named, f"<EndDevice><mRID>{mrid}</mRID></EndDevice>"))
    assert list(linter.findings([asked])) == []


# What counts how much


def test_what_counts_less_than_the_threshold_is_not_told(contract: Contract) -> None:
    entry = read(MessageID=None, Revision="0.1A")
    assert rules_of(list(Linter(contract).findings([entry]))) == ["header.message-id", "header.revision-known"]
    assert list(Linter(contract, threshold=Severity.WARNING).findings([entry])) == []


def test_a_rule_can_be_switched_off_and_made_to_count_more(contract: Contract) -> None:
    off = Linter(contract, wishes={"header.correlation-echoed": OFF})
    assert list(off.findings([UNKNOWN_CORRELATION])) == []
    raised = Linter(contract, threshold=Severity.ERROR, wishes={"header.message-id": Severity.ERROR})
    (found,) = raised.findings([read(MessageID=None)])
    assert (found.rule, found.severity) == ("header.message-id", Severity.ERROR)


def test_a_wish_may_be_for_a_group_and_one_for_a_rule_counts_before_it(contract: Contract) -> None:
    linter = Linter(contract, wishes={"header.*": OFF, "header.source": Severity.WARNING})
    assert [one.id for one in linter.rules if one.group == "header"] == ["header.source"]
    assert rules_of(list(linter.findings([read(MessageID=None, Source=None)]))) == ["header.source"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("header.corelation-echoed", "there is no rule 'header.corelation-echoed'; did you mean 'header.correlation-e"),
        ("headers.*", "there is no group of rules 'headers.*'; did you mean 'header'?"),
    ],
)
def test_a_name_that_no_rule_has_is_an_error_with_the_nearest(contract: Contract, name: str, near: str) -> None:
    with pytest.raises(UnknownRule, match=re.escape(near)):
        Linter(contract, wishes={name: OFF})


def test_rules_are_left_out_where_what_they_need_is_not_known(contract: Contract) -> None:
    linter = Linter(contract, unknown=tuple(Need))
    assert {one.id for one in RULES} - {one.id for one in linter.rules} == {one.id for one in RULES if one.needs}
    assert list(linter.findings([spoiled(read(Timestamp="2020-01-01T00:00:00Z"), status=404)])) == []


# Over a run


def test_a_run_tells_as_it_goes_and_at_its_end(linter: Linter) -> None:
    run = linter.begin()
    assert run.look(asked_late()) == ()
    assert [one.rule for one in run.end()] == ["async.late-reply-owed"]


def test_runs_of_one_linter_know_nothing_of_each_other(linter: Linter) -> None:
    first, second = read(), read(number=2, MessageID="m-1")
    assert rules_of(list(linter.findings([first, second]))) == ["header.message-id-unique"]
    assert list(linter.findings([first])) == list(linter.findings([second])) == []


def test_a_rule_remembers_so_much_and_forgets_the_oldest() -> None:
    memory: Memory[int, str] = Memory(most=2)
    for number in (1, 2, 1, 3):
        memory[number] = str(number)
    assert dict(memory) == {1: "1", 3: "3"}


def test_a_series_of_registers_is_followed_over_messages_in_any_order(linter: Linter) -> None:
    def told(number: int, value: str, stamp: str) -> Entry:
        return told_readings(readings(of_meter(register(value, stamp))), number=number)

    good = [told(1, "10", "10:00"), told(2, "12", "11:00"), told(3, "9", "09:00"), told(4, "12", "11:30")]
    assert list(linter.findings(good)) == []
    bad = list(linter.findings([*good, told(5, "13", "09:30")]))
    assert rules_of(bad) == ["series.register-ascends-over-run"]


# Whatever comes


def instances(contract: Contract) -> Iterator[Entry]:
    """A message of every operation, full of all that its profile has room for, and sense in none of it."""
    for service in contract.services.values():
        for operation in service.operations:
            if operation.noun == "OperationSet" or service.noun not in contract.profiles:
                continue
            is_get = operation.verb == "get"
            inside = instance(contract, service.noun, get=is_get, seed=len(operation.name))
            text = message(operation, request(inside) if is_get else payload(inside))
            yield exchange(text, None, service.name)


def test_messages_of_every_operation_can_be_looked_at(linter: Linter, contract: Contract) -> None:
    count = 0
    run = linter.begin()
    for entry in instances(contract):
        run.look(entry)
        count += 1
    run.end()
    assert count > 300


@pytest.mark.parametrize("entry", [read(), asked_late(), told_events()], ids=["read", "asked late", "told events"])
def test_whatever_is_left_out_of_a_message_something_can_be_said(linter: Linter, entry: Entry) -> None:
    for side in ("request", "response"):
        sent = getattr(entry, side)
        for position in range(1, len(list(etree.fromstring(sent.body).iter()))):
            root = etree.fromstring(sent.body)
            element = list(root.iter())[position]
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
            mutilated = replace(entry, **{side: Message.whole(etree.tostring(root))})
            assert all(one.sentence for one in linter.findings([mutilated]))


@pytest.mark.parametrize(
    "body", [b"", b" ", b"<", b"\x00\xff", b"<a/>", b"{}", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"]
)
def test_bytes_that_are_no_message_are_no_surprise(linter: Linter, body: bytes) -> None:
    entry = replace(read(), request=Message.whole(body), response=Message.whole(body))
    found = [one for one in linter.findings([entry]) if one.severity is Severity.ERROR]
    assert bool(found) == bool(body)

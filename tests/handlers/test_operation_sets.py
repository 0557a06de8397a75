"""OperationSet: many operations on master data in one message (61968-9:2013, Annex K)."""

from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest
from lxml import etree

from tests.conftest import NOON
from tests.support.compressed import deflated
from tests.support.in_process import InProcessHeadEnd, in_process
from tests.support.operation_sets import (
    at_location,
    config,
    failures,
    linkage,
    meters,
    names,
    operation,
    operation_set,
    service_locations,
    usage_points,
)
from tests.support.reply import Reply
from tests.support.soap_requests import BASE, MESSAGE, envelope, header

pytestmark = pytest.mark.clause("61968-9:2013, Annex K")

MDM = "http://127.0.0.1:9/mdm"
SUBSCRIPTIONS = [{"url": MDM, "noun": noun} for noun in ("MeterConfig", "MasterDataLinkageConfig")]


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessHeadEnd]:
    """A head end for tests that use names of their own."""
    with in_process(tmp_path_factory.mktemp("sets"), NOON, max_operations_per_set=2000) as opened:
        yield opened


@pytest.fixture
def told(tmp_path: Path) -> Iterator[InProcessHeadEnd]:
    """A head end with a subscriber of MeterConfig and MasterDataLinkageConfig, to whom nothing leaves."""
    with in_process(tmp_path, NOON, subscriptions=SUBSCRIPTIONS) as opened:
        yield opened


def execute(head_end: InProcessHeadEnd, *operations: str, **how: bool | None) -> Reply:
    return head_end.post("ExecuteMeterConfigOperationSet", operation_set(*operations, **how))  # type: ignore[arg-type]


def get(head_end: InProcessHeadEnd, noun: str, object_type: str, name: str) -> Reply:
    return head_end.post(
        f"Get{noun}",
        envelope(
            f'<Get{noun} xmlns="{BASE}/Get{noun}Message">{header("get", noun)}<Request><Get{noun} '
            f'xmlns="{BASE}/Get{noun}#"><{object_type}>{names(name)}</{object_type}></Get{noun}></Request></Get{noun}>'
        ),
    )


def meter(head_end: InProcessHeadEnd, name: str) -> etree._Element | None:
    """The Meter of this name, as it is told."""
    reply = get(head_end, "MeterConfig", "Meter", name)
    return reply.payload.find("{*}Meter") if reply.result == "OK" else None


def usage_point(head_end: InProcessHeadEnd, name: str) -> etree._Element | None:
    """The UsagePoint of this name, as it is told."""
    reply = get(head_end, "UsagePointConfig", "UsagePoint", name)
    return reply.payload.find("{*}UsagePoint") if reply.result == "OK" else None


def linked_with(head_end: InProcessHeadEnd, meter_name: str) -> list[str | None]:
    """Names of the usage points that a meter is linked with."""
    reply = get(head_end, "MasterDataLinkageConfig", "Meter", meter_name)
    return [one.findtext("{*}Names/{*}name") for one in reply.payload.iterfind("{*}UsagePoint")]


def published(head_end: InProcessHeadEnd) -> list[tuple[str, str, str | None, int]]:
    """What waits to be sent: verb, noun, CorrelationID and number of objects."""
    with head_end.head_end.store.reading() as work:
        found = [work.outbox.get(number) for number in range(1, 20)]
    return [
        (one.verb, one.noun, one.correlation_id, len(one.recipe))  # type: ignore[arg-type]
        for one in found
        if one is not None
    ]


# What a set does.


def test_a_new_installation_is_one_set_whose_objects_refer_to_each_other_by_name(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets,
        operation(1, meters("install-1"), noun="MeterConfig"),
        operation(2, usage_points("install-UP"), noun="UsagePointConfig"),
        operation(3, linkage("install-1", "install-UP"), noun="MasterDataLinkageConfig"),
        in_sequence=True,
        is_whole=True,
    )
    assert (reply.result, reply.errors) == ("OK", ())
    assert linked_with(sets, "install-1") == ["install-UP"]


def test_the_reply_has_the_ids_of_all_objects_in_the_order_of_their_operations(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets, operation(1, meters("ids-1", "ids-2")), operation(2, meters("ids-3")), operation(3, usage_points("ids-4"))
    )
    assert (reply.header["Noun"], reply.header["Verb"]) == ("OperationSet", "reply")
    found = [meter(sets, f"ids-{number}") for number in (1, 2, 3)] + [usage_point(sets, "ids-4")]
    assert list(reply.ids) == [None if one is None else one.findtext("{*}mRID") for one in found]
    ids = reply.element.findall("{*}Reply/{*}ID")
    assert [(one.get("kind"), one.get("objectType")) for one in ids] == [("uuid", "Meter")] * 3 + [
        ("uuid", "UsagePoint")
    ]


@pytest.mark.parametrize("noun", ["CustomerConfig", "MasterDataLinkageConfig", "UsagePointLocationConfig"])
def test_every_noun_has_a_service_that_takes_operations_of_any_noun(sets: InProcessHeadEnd, noun: str) -> None:
    message = operation_set(operation(1, meters(f"by-{noun}")), service_noun=noun)
    assert sets.post(f"Execute{noun}OperationSet", message).result == "OK"
    assert meter(sets, f"by-{noun}") is not None


@pytest.mark.parametrize(
    ("verb", "serial"),
    [("change", "8"), ("changed", "8"), ("update", "8"), ("delete", None), ("deleted", None)],
)
def test_verbs_of_requests_and_of_events_mean_the_same(sets: InProcessHeadEnd, verb: str, serial: str | None) -> None:
    name = f"verb-{verb}"
    changed = meters(name) if serial is None else meters(name, inside="<serialNumber>8</serialNumber>")
    created = operation(1, meters(name, inside="<serialNumber>7</serialNumber>"), "created")
    assert execute(sets, created, operation(2, changed, verb)).result == "OK"
    found = meter(sets, name)
    assert (None if found is None else found.findtext("{*}serialNumber")) == serial


def test_close_takes_out_of_use_and_cancel_takes_back_what_has_not_begun(sets: InProcessHeadEnd) -> None:
    later = "<ConfigurationEvents><effectiveDateTime>2026-04-01T00:00:00Z</effectiveDateTime></ConfigurationEvents>"
    reply = execute(
        sets,
        operation(1, meters("close-1")),
        operation(2, meters("close-1"), "close"),
        operation(3, meters("cancel-1", inside=later)),
        operation(4, meters("cancel-1"), "cancel"),
        in_sequence=True,
    )
    assert reply.result == "OK"
    closed = meter(sets, "close-1")
    assert closed is not None
    assert closed.findtext("{*}status/{*}value") == "closed"
    assert meter(sets, "cancel-1") is None


def test_an_element_operation_deletes_elements_and_links_and_keeps_the_object(sets: InProcessHeadEnd) -> None:
    execute(
        sets,
        operation(1, service_locations("element-SL")),
        operation(
            2,
            usage_points(
                "element-UP", inside="<isSdp>true</isSdp><readRoute>7</readRoute>", after=at_location("element-SL")
            ),
        ),
    )
    listed = usage_points("element-UP", inside="<isSdp/>", after=at_location("element-SL"))
    reply = execute(sets, operation(3, listed, "delete", is_elements=True))
    assert (reply.result, reply.errors) == ("OK", ())
    found = usage_point(sets, "element-UP")
    assert found is not None
    assert [str(one.tag).rpartition("}")[2] for one in found] == ["mRID", "readRoute", "Names"]


def test_element_operation_beside_another_verb_is_passed_over_with_a_remark(sets: InProcessHeadEnd) -> None:
    reply = execute(sets, operation(1, meters("remark-1"), is_elements=True))
    assert (reply.result, failures(reply)) == ("OK", [(1, "1.8")])
    assert reply.errors[0].level == "INFORM"


def test_what_has_no_effect_is_said_with_the_number_of_its_operation(sets: InProcessHeadEnd) -> None:
    tariffs = "<Tariffs><TariffProfiles><tariffCycle>fortnightly</tariffCycle></TariffProfiles></Tariffs>"
    payload = config("PricingStructureConfig", f"<PricingStructure>{names('odd-PS')}{tariffs}</PricingStructure>")
    reply = execute(sets, operation(4, payload))
    assert (reply.result, failures(reply), reply.errors[0].level) == ("OK", [(4, "1.8")], "WARNING")
    assert "no register counts by this PricingStructure" in reply.said


# Order.


def test_with_sequence_operations_follow_their_numbers_and_not_the_message(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets,
        operation(20, meters("order-1", inside="<serialNumber>8</serialNumber>"), "change"),
        operation(10, meters("order-1", inside="<serialNumber>7</serialNumber>")),
        in_sequence=True,
    )
    assert reply.result == "OK"
    found = meter(sets, "order-1")
    assert found is not None
    assert found.findtext("{*}serialNumber") == "8"


def test_with_sequence_an_object_that_comes_later_is_not_known(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets,
        operation(1, linkage("late-1", "late-UP")),
        operation(2, meters("late-1")),
        operation(3, usage_points("late-UP")),
        in_sequence=True,
    )
    assert (reply.result, failures(reply)) == ("PARTIAL", [(1, "2.4"), (1, "2.12")])


def test_with_sequence_operations_after_a_failed_one_are_carried_out(sets: InProcessHeadEnd) -> None:
    reply = execute(sets, operation(1, meters("none"), "delete"), operation(2, meters("after-1")), in_sequence=True)
    assert (reply.result, failures(reply)) == ("PARTIAL", [(1, "2.4")])
    assert meter(sets, "after-1") is not None


def test_without_sequence_objects_may_refer_to_those_that_come_later(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets,
        operation(1, linkage("any-1", "any-UP")),
        operation(2, usage_points("any-UP", after=at_location("any-SL"))),
        operation(3, meters("any-1")),
        operation(4, service_locations("any-SL")),
    )
    assert (reply.result, reply.errors) == ("OK", ())
    assert linked_with(sets, "any-1") == ["any-UP"]


def test_without_sequence_objects_of_one_operation_wait_for_what_only_some_of_them_refer_to(
    sets: InProcessHeadEnd,
) -> None:
    points = config(
        "UsagePointConfig",
        f"<UsagePoint>{names('wait-UP1')}</UsagePoint>",
        f"<UsagePoint>{names('wait-UP2')}{at_location('wait-SL')}</UsagePoint>",
    )
    reply = execute(sets, operation(1, points), operation(2, service_locations("wait-SL")))
    assert (reply.result, reply.errors, len(reply.ids)) == ("OK", (), 3)


def test_without_sequence_what_is_referred_to_may_be_deleted_before_what_refers_to_it(sets: InProcessHeadEnd) -> None:
    execute(
        sets,
        operation(1, service_locations("gone-SL")),
        operation(2, usage_points("gone-UP", after=at_location("gone-SL"))),
    )
    reply = execute(
        sets, operation(1, service_locations("gone-SL"), "delete"), operation(2, usage_points("gone-UP"), "delete")
    )
    assert (reply.result, reply.errors) == ("OK", ())


# All or nothing.


def test_with_integrity_nothing_is_left_of_a_set_with_one_culprit(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets,
        operation(1, meters("whole-1")),
        operation(2, usage_points("whole-UP", after=at_location("nowhere"))),
        operation(3, usage_points("whole-UP2")),
        operation(4, linkage("whole-1", "whole-UP2")),
        is_whole=True,
    )
    assert (reply.result, reply.ids) == ("FAILED", ())
    assert failures(reply) == [(2, "2.16"), (1, "5.9"), (3, "5.9"), (4, "5.9")]
    assert (meter(sets, "whole-1"), usage_point(sets, "whole-UP2")) == (None, None)


def test_with_integrity_every_culprit_is_told_at_once(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets,
        operation(1, meters("no-such-1"), "delete"),
        operation(2, meters("all-1")),
        operation(3, config("MeterConfig", "<Meter><isVirtual>perhaps</isVirtual></Meter>")),
        in_sequence=True,
        is_whole=True,
    )
    assert failures(reply) == [(1, "2.4"), (3, "1.8"), (2, "5.9")]


def test_a_new_meter_of_a_set_has_readings(sets: InProcessHeadEnd) -> None:
    execute(sets, operation(1, meters("read-1")))
    assert sets.read("read-1").result == "OK"


def test_with_integrity_a_new_meter_of_a_set_that_failed_has_no_readings(sets: InProcessHeadEnd) -> None:
    execute(sets, operation(1, meters("unread-1")), operation(2, meters("none"), "delete"), is_whole=True)
    assert sets.read("unread-1").codes == ["2.4"]


def test_without_integrity_good_operations_are_kept(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets,
        operation(1, meters("alone-1")),
        operation(2, usage_points("alone-UP", after=at_location("nowhere"))),
        is_whole=False,
    )
    assert (reply.result, failures(reply)) == ("PARTIAL", [(2, "2.16")])
    assert meter(sets, "alone-1") is not None


def test_without_integrity_good_objects_of_an_operation_are_kept(sets: InProcessHeadEnd) -> None:
    execute(sets, operation(1, meters("half-1")))
    reply = execute(sets, operation(7, meters("half-1", "half-2")))
    assert (reply.result, failures(reply), len(reply.ids)) == ("PARTIAL", [(7, "2.15")], 1)
    assert meter(sets, "half-2") is not None


def test_of_a_move_that_is_refused_nothing_is_kept_beside_other_operations(sets: InProcessHeadEnd) -> None:
    in_june = "<ConfigurationEvent><effectiveDateTime>2026-06-01T00:00:00Z</effectiveDateTime></ConfigurationEvent>"
    parts = f"<Meter>{names('M00000005')}</Meter>", f"<UsagePoint>{names('UP00000006')}</UsagePoint>"
    later = config("MasterDataLinkageConfig", in_june, *parts)
    assert execute(sets, operation(1, later, "change")).result == "OK"
    at_once = config("MasterDataLinkageConfig", *parts)
    reply = execute(sets, operation(1, at_once, "change"), operation(2, meters("beside-1")))
    assert (reply.result, failures(reply)) == ("PARTIAL", [(1, "6.1")])
    assert linked_with(sets, "M00000005") == ["UP00000005"]


def test_a_set_of_which_nothing_could_be_done_has_failed(sets: InProcessHeadEnd) -> None:
    reply = execute(sets, operation(1, meters("none-1"), "delete"), operation(2, meters("none-2"), "change"))
    assert (reply.result, failures(reply)) == ("FAILED", [(1, "2.4"), (2, "2.4")])


# What is wrong with a set, or with one operation.


def test_a_set_without_operations_is_refused(sets: InProcessHeadEnd) -> None:
    assert execute(sets).codes == ["1.7"]


def test_a_message_without_a_set_is_refused(sets: InProcessHeadEnd) -> None:
    element = "ExecuteMeterConfigOperationSet"
    message = envelope(
        f'<{element} xmlns="{BASE}/MeterConfigOperationSetMessage">{header("execute", "OperationSet")}'
        f"<Payload/></{element}>"
    )
    assert sets.post(element, message).codes == ["1.7"]


def test_a_set_with_too_many_operations_is_refused(sets: InProcessHeadEnd) -> None:
    reply = execute(sets, *(operation(number, meters(f"many-{number}")) for number in range(2001)))
    assert (reply.result, reply.codes) == ("FAILED", ["3.1"])
    assert "2001 operations; the limit here is 2000" in reply.said


def test_a_number_too_long_to_count_to_is_refused(sets: InProcessHeadEnd) -> None:
    assert execute(sets, operation("9" * 5000, meters("endless"))).codes == ["1.8"]


SCHEDULE = config("MeterReadSchedule")
BAD_OPERATIONS = [
    ("no payload", operation(5, ""), "1.7", "has no payload"),
    ("no verb", operation(5, meters("bad"), None), "1.7", "Operation/verb is missing"),
    ("unknown verb", operation(5, meters("bad"), "get"), "2.9", "Operation/verb is 'get'; the verbs are create, "),
    ("noun of another payload", operation(5, meters("bad"), noun="UsagePointConfig"), "2.5", "payload is MeterConfig"),
    ("no master data", operation(5, SCHEDULE), "2.5", "about master data, not MeterReadSchedule; its nouns are Aux"),
    ("unknown noun", operation(5, '<Quux xmlns="urn:x"/>'), "2.5", "not Quux"),
    ("namespace", operation(5, '<MeterConfig xmlns="urn:x"/>'), "1.8", "MeterConfig is in namespace"),
    ("empty payload", operation(5, config("MeterConfig")), "1.7", "holds no objects"),
    (
        "value",
        operation(5, config("MeterConfig", "<Meter><isVirtual>perhaps</isVirtual></Meter>")),
        "1.8",
        "/MeterConfig/Meter/isVirtual (line 1): isVirtual is 'perhaps'",
    ),
    ("missing element", operation(5, config("MeterConfig", "<Meter><Names/></Meter>")), "1.7", "name is missing"),
    (
        "no calendar",
        operation(
            5,
            meters(
                "bad",
                inside="<ConfigurationEvents><effectiveDateTime>99999-01-01T00:00:00Z</effectiveDateTime>"
                "</ConfigurationEvents>",
            ),
        ),
        "1.8",
        "effectiveDateTime",
    ),
    ("unknown object", operation(5, meters("bad"), "change"), "2.4", "'bad' is not known here"),
    ("unknown reference", operation(5, linkage("M00000001", "bad-UP")), "2.12", "'bad-UP' is not known here"),
    ("not linked", operation(5, linkage("M00000001", "UP00000002"), "delete"), "2.13", "are not linked"),
    ("taken name", operation(5, meters("M00000001")), "2.15", "name 'M00000001' is that of"),
    ("moves without change", operation(5, linkage("M00000001", "UP00000002")), "6.1", "is linked with UsagePoint"),
    (
        "foreign element",
        operation(5, config("MeterConfig", "<Meter><colour/></Meter>"), "delete", is_elements=True),
        "1.8",
        "colour has no place in Meter",
    ),
]


@pytest.mark.parametrize(
    ("bad", "code", "words"), [case[1:] for case in BAD_OPERATIONS], ids=[case[0] for case in BAD_OPERATIONS]
)
def test_what_is_wrong_with_an_operation_is_told_with_its_number(
    sets: InProcessHeadEnd, bad: str, code: str, words: str
) -> None:
    reply = execute(sets, operation(4, meters("none"), "delete"), bad, operation(6, meters("none"), "delete"))
    assert (reply.result, failures(reply)) == ("FAILED", [(4, "2.4"), (5, code), (6, "2.4")])
    assert words in reply.errors[1].details


def test_operations_that_share_a_number_are_refused_and_others_carried_out(sets: InProcessHeadEnd) -> None:
    reply = execute(
        sets, operation(1, meters("twice-1")), operation(1, meters("twice-2")), operation(2, meters("twice-3"))
    )
    assert (reply.result, failures(reply)) == ("PARTIAL", [(1, "1.8"), (1, "1.8")])
    assert [meter(sets, f"twice-{number}") is not None for number in (1, 2, 3)] == [False, False, True]


# Subscribers, and sets that others executed.


def test_subscribers_are_told_as_of_single_requests_one_message_for_operations_that_follow_each_other(
    told: InProcessHeadEnd,
) -> None:
    message = operation_set(
        operation(1, meters("A")),
        operation(2, meters("B")),
        operation(3, usage_points("C")),
        operation(4, meters("A", inside="<serialNumber>1</serialNumber>"), "change"),
        fields={"CorrelationID": "set-1"},
    )
    assert told.post("ExecuteMeterConfigOperationSet", message).result == "OK"
    assert published(told) == [
        ("created", "MeterConfig", "set-1", 2),
        ("changed", "MeterConfig", "set-1", 1),
    ]


def test_each_linkage_is_a_message_of_its_own_since_all_objects_of_one_are_linked(told: InProcessHeadEnd) -> None:
    execute(told, operation(1, usage_points("A", "B")))
    execute(told, operation(1, linkage("M00000001", "A"), "change"), operation(2, linkage("M00000002", "B"), "change"))
    assert published(told) == [("changed", "MasterDataLinkageConfig", None, 2)] * 2


def test_a_link_that_comes_twice_in_a_set_is_told_by_two_messages(told: InProcessHeadEnd) -> None:
    execute(told, operation(1, meters("A")), operation(2, usage_points("C")))
    reply = execute(
        told,
        operation(1, linkage("A", "C")),
        operation(2, linkage("A", "C"), "delete"),
        operation(3, linkage("A", "C")),
        in_sequence=True,
    )
    assert reply.result == "OK"
    with told.head_end.store.reading() as work:
        found = [one for number in range(1, 9) if (one := work.outbox.get(number)) is not None]
    assert [one.verb for one in found] == ["created", "created", "deleted", "created"]
    assert len({one.message_id for one in found}) == len(found)


def test_nobody_is_told_of_a_set_that_was_taken_back(told: InProcessHeadEnd) -> None:
    execute(told, operation(1, meters("A")), operation(2, meters("none"), "delete"), is_whole=True)
    assert published(told) == []


def test_a_set_that_another_system_executed_is_acknowledged_and_followed(told: InProcessHeadEnd) -> None:
    message = operation_set(
        operation(1, meters("A"), "created"),
        operation(2, meters("M00000001", inside="<serialNumber>9</serialNumber>"), "created"),
        operation(3, meters("none"), "deleted"),
        is_event=True,
        is_whole=True,
    )
    reply = told.post("ReceiveMeterConfigOperationSet", message)
    assert (reply.result, [(one.operation_id, one.code, one.level) for one in reply.errors]) == (
        "OK",
        [(None, "0.3", "INFORM"), (3, "2.4", "WARNING")],
    )
    assert len(reply.ids) == 2
    known = meter(told, "M00000001")
    assert known is not None
    assert known.findtext("{*}serialNumber") == "9"


def test_a_set_may_tell_of_receipts_which_cannot_be_asked_for(told: InProcessHeadEnd) -> None:
    receipt = operation(1, config("ReceiptRecord", f"<Receipt>{names('R-1')}</Receipt>"), "create")
    assert failures(execute(told, receipt)) == [(1, "2.5")]
    followed = told.post("ReceiveMeterConfigOperationSet", operation_set(receipt, is_event=True))
    assert (followed.codes, len(followed.ids)) == (["0.3"], 1)


# Size.


def test_a_set_may_come_compressed(sets: InProcessHeadEnd) -> None:
    element, namespace = "ExecuteMeterConfigOperationSet", f"{BASE}/MeterConfigOperationSetMessage"
    inside = f'<OperationSet xmlns="{namespace}" xmlns:m="{MESSAGE}">{operation(1, meters("packed-1"))}</OperationSet>'
    message = envelope(
        f'<{element} xmlns="{namespace}">{header("execute", "OperationSet")}'
        f"<Payload><Compressed>{deflated(inside)}</Compressed></Payload></{element}>"
    )
    assert sets.post(element, message).result == "OK"
    assert meter(sets, "packed-1") is not None


def test_a_thousand_operations_of_three_nouns_take_less_than_two_seconds(sets: InProcessHeadEnd) -> None:
    operations = [
        operation(3 * number + place, payload)
        for number in range(333)
        for place, payload in enumerate(
            (linkage(f"K{number}", f"K-UP{number}"), meters(f"K{number}"), usage_points(f"K-UP{number}"))
        )
    ]
    started = process_time()
    reply = execute(sets, *operations)
    assert process_time() - started < 2
    assert (reply.result, reply.errors, len(reply.ids)) == ("OK", (), 4 * 333)
    assert linked_with(sets, "K332") == ["K-UP332"]

"""HeadEnd: a whole head end in the process of a test, which leaves nothing behind."""

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from headend.testing import FakeMdm, HeadEnd, InvalidSettings, UnknownMeter
from tests.support.soap_requests import DISCONNECTED, LOAD_PROFILE

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_it_answers_like_any_other_head_end_at_a_port_of_its_own() -> None:
    with HeadEnd(meters=10) as first, HeadEnd(meters=10) as second:
        assert first.base_url != second.base_url
        for one in (first, second):
            with urlopen(f"{one.base_url}/readyz") as answer:
                assert answer.read() == b"ready\n"
        first.client().disconnect(first.meters[0])
        assert second.client().events(second.meters[0]).events == ()


def test_same_settings_give_the_same_bytes() -> None:
    replies = []
    for _ in range(2):
        with HeadEnd(meters=10) as headend:
            client = headend.client()
            client.disconnect(headend.meters[3])
            headend.clock.advance(hours=2)
            replies.append(client.read(headend.meters[3]).response_xml)
            headend.reset()
            client.disconnect(headend.meters[3])
            headend.clock.advance(hours=2)
            replies.append(client.read(headend.meters[3]).response_xml)
    assert len(set(replies)) == 1


def test_nothing_is_left_when_it_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(threading.enumerate())
    with HeadEnd(meters=10) as headend:
        headend.client().read(headend.meters[0])
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
    assert [one.name for one in set(threading.enumerate()) - before if not one.daemon] == []
    with pytest.raises(RuntimeError, match="does not run"):
        headend.client()


def test_it_can_be_started_again_and_not_twice() -> None:
    headend = HeadEnd(meters=10)
    with pytest.raises(RuntimeError, match="has not been started"):
        _ = headend.base_url
    for _ in range(2):
        headend.start()
        with pytest.raises(RuntimeError, match="running already"):
            headend.start()
        assert headend.client().read(headend.meters[0]).result == "OK"
        headend.close()


def test_a_port_and_a_database_may_be_asked_for(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'kept.db'}"
    with HeadEnd(meters=10, database=database) as headend:
        headend.client().disconnect(headend.meters[0])
        port = int(headend.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            HeadEnd(meters=10, port=port).start()
    with HeadEnd(meters=10, database=database) as headend:
        assert headend.control.meter(headend.meters[0])["switch"] == "disconnected"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"metres": 3}, "there is no setting 'metres'; did you mean 'meters'"),
        ({"meters": "x"}, "meters = 'x': Input should be a valid integer"),
        ({"threads": 3}, "threads is about processes"),
        ({"subscriptions": [{"url": "mdm"}]}, "subscriptions.0.url = 'mdm': the URL of a subscription starts with"),
    ],
)
def test_wrong_settings_are_told_before_anything_starts(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidSettings, match=sentence):
        HeadEnd(**settings)


def test_a_fleet_file_has_its_own_seed_and_paths_count_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("seed: 7\ntemplates: [{name: homes, count: 4, class: residential}]\n")
    (tmp_path / "headend.yaml").write_text("fleet: fleet.yaml\nerror_style: fault\n")
    with HeadEnd(config=tmp_path / "headend.yaml") as headend:
        assert (len(headend.meters), headend.control.version()["seed"]) == (4, 7)


def test_the_environment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADEND_METERS", "3")
    with HeadEnd(meters=5) as headend:
        assert len(headend.meters) == 5


def test_its_meters_are_a_sequence_and_go_wherever_a_meter_is_asked_for(kit: HeadEnd) -> None:
    meter = kit.meters["M00000003"]
    assert meter == kit.meters[3] == kit.meters[meter.mrid] == kit.meters[-97] == kit.meters[2:5][1]
    assert meter in kit.meters
    assert [one.index for one in kit.meters][:3] == [0, 1, 2]
    assert meter.name in kit.meters
    assert "M99999999" not in kit.meters
    assert kit.client().read(meter).readings[0].mrid == meter.mrid
    assert kit.control.meter(meter)["name"] == "M00000003"
    assert kit.control.send_events("3.12.0.257", [meter])["count"] == 1
    assert kit.control.events(meter=meter)["total"] == 1
    assert kit.control.start_outage(meter)["node"]["name"] == "M00000003"
    assert kit.control.add_defect(meter, "gap", NOON, end=NOON.replace(hour=13))["meter_name"] == "M00000003"


@pytest.mark.parametrize("key", ["M99999999", 100, -101])
def test_a_meter_that_is_not_there_is_told_with_those_that_are(kit: HeadEnd, key: int | str) -> None:
    with pytest.raises(UnknownMeter) as caught:
        kit.meters[key]
    assert str(caught.value).endswith("the fleet has 100 meters, M00000000 to M00000099")


def test_a_meter_that_a_client_creates_is_one_of_them(kit: HeadEnd) -> None:
    kit.reset()
    created = {"Names": [{"name": "NEW-1"}], "EndDeviceInfo": {"AssetModel": {"modelNumber": "x"}}}
    reply = kit.client("ExecuteMeterConfig").call("CreateMeterConfig", Payload={"MeterConfig": {"Meter": [created]}})
    assert reply.result == "OK", reply.response_xml
    assert len(kit.meters) == 101
    assert kit.meters["NEW-1"] == kit.meters[-1]
    kit.reset()
    assert len(kit.meters) == 100


def test_a_reset_undoes_what_happened(kit: HeadEnd) -> None:
    with FakeMdm() as mdm:
        kit.publish_to(mdm, "EndDeviceEvents")
        kit.client().disconnect(kit.meters[7])
        kit.control.start_outage(kit.meters[8])
        kit.control.add_ordering("never")
        kit.clock.advance(hours=3)
        kit.reset()
        assert kit.clock.now == NOON
        assert kit.control.meter(kit.meters[7])["switch"] == "connected"
        assert (kit.control.outages(), kit.control.orderings(), list(kit.control.deliveries())) == ([], [], [])
        assert len(kit.subscriptions()) == 1
        kit.reset(subscriptions=True)
        assert kit.subscriptions() == []


def test_subscriptions_say_what_is_wanted_and_end(kit: HeadEnd) -> None:
    with FakeMdm() as mdm:
        wanted, other = kit.meters[11], kit.meters[12]
        mrid = kit.subscribe(mdm.receive_url("EndDeviceEvents"), meters=wanted, event_types=DISCONNECTED)
        for meter in (other, wanted):
            kit.client().disconnect(meter)
        mdm.wait_for("EndDeviceEvents", meter=wanted)
        kit.unsubscribe(mrid)
        kit.client().connect(wanted)
        kit.clock.settle()
        assert [event.device_name for one in mdm.received for event in one.events] == [wanted.name]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"nouns": "X"}, "this cannot be subscribed to: there is no 'nouns'; did you mean 'noun'"),
        ({"noun": "Event"}, "noun = 'Event': Input should be 'EndDeviceEvents', "),
        ({"every": "PT15M"}, "every is of MeterReadings; EndDeviceEvents is told when something happens"),
    ],
)
def test_a_subscription_that_cannot_be_is_told_in_a_line(kit: HeadEnd, wanted: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match="this cannot be subscribed to") as caught:
        kit.subscribe("http://127.0.0.1:9/", **wanted)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_truth_is_at_hand(kit: HeadEnd) -> None:
    kit.reset()
    meter = kit.meters[20]
    kit.control.add_defect(meter, "gap", NOON.replace(hour=6), end=NOON.replace(hour=7))
    rows = kit.truth(meter, reading_types=LOAD_PROFILE)
    assert len(rows) == 48
    missing = [row for row in rows if row.reported is None]
    assert [(row.delivered, row.flowed > 0, len(row.causes)) for row in missing] == [(0, True, 1)] * 4
    differing = kit.truth(meter, only_differences=True, reading_types=[LOAD_PROFILE])
    assert [row for row in differing if not row.delivered] == missing


def test_nothing_of_a_head_end_is_imported_before_it_is_used() -> None:
    program = """
import sys
import headend.testing, headend.testing.plugin
print(sorted(name for name in sys.modules if name.split(".")[0] in ("headend", "simulator", "lxml", "sqlalchemy")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(
        ["headend", "headend.testing", "headend.testing.loading", "headend.testing.plugin", "headend.testing.running"]
    )

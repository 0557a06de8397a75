"""A firmware update and its stages."""

from simulator.device import CommandBehaviour, CommandKind, Device, Duration, Result
from tests.support.device_stories import TestedDevice

MINUTE = Duration(60, 60, 60)
STAGED = CommandBehaviour(
    firmware_pending=MINUTE, firmware_download=MINUTE, firmware_replacement=MINUTE, firmware_change=MINUTE
)
UPDATE = CommandKind.UPDATE_FIRMWARE


def updating(behaviour: CommandBehaviour = STAGED) -> TestedDevice:
    device = TestedDevice(behaviour, Device(firmware="1.0"))
    device.take(UPDATE, words={"version": "2.0"})
    return device


def test_the_stages_come_in_their_order() -> None:
    assert updating().events == [(1, "11.17.14"), (2, "11.17.25"), (3, "11.17.52"), (4, "11.17.24")]


def test_prompt_devices_keep_the_order_too() -> None:
    device = TestedDevice()
    device.take(UPDATE, words={"version": "2.0"})
    assert device.events == [(0, "11.17.14"), (0, "11.17.25"), (0, "11.17.52"), (0, "11.17.24")]
    assert device.state(0).firmware == "2.0"


def test_the_version_counts_from_its_replacement_on() -> None:
    device = updating()
    assert [device.state(minutes).firmware for minutes in (0, 2.9, 3, 100)] == ["1.0", "1.0", "2.0", "2.0"]


def test_the_state_tells_the_stage() -> None:
    device = updating()
    stages = [(device.state(minutes).firmware_update or {}).get("stage") for minutes in (0, 1, 2, 3, 4)]
    assert stages == ["pending", "downloading", "replacing", "changing", None]


def test_a_failed_download_leaves_the_old_version() -> None:
    device = TestedDevice(
        CommandBehaviour(firmware_download=MINUTE, firmware_failures_per_million=1_000_000), Device(firmware="1.0")
    )
    course = device.take(UPDATE, words={"version": "2.0"}).course
    assert (course.result, device.events) == (Result.FAILED, [(0, "11.17.14"), (1, "11.0.85")])
    assert (device.state(9).firmware, device.state(9).firmware_update) == ("1.0", None)


def test_a_second_update_is_refused_while_the_first_runs() -> None:
    device = updating()
    course = device.take(UPDATE, 2, words={"version": "3.0"}).course
    assert (course.result, course.why) == (Result.FAILED, "an update to 2.0 is running")
    assert device.state(100).firmware == "2.0"


def test_the_switch_obeys_nobody_while_the_firmware_is_replaced() -> None:
    device = updating()
    assert device.take(CommandKind.DISCONNECT, 1.5).course.result is Result.SUCCEEDED
    assert device.take(CommandKind.CONNECT, 2.5).course.why == "the device is replacing its firmware"
    assert device.take(CommandKind.CONNECT, 3).course.result is Result.SUCCEEDED

"""What breaks the rules on how objects are named."""

from tests.lint.exchanges import HOUR, METER, MRID, Case, Change, control, of_meter, quarters, read, readings, spoiled
from tests.support.soap_requests import control as text

_READ = read()
_OTHER_MRID = "8d5d0a4e-0f5b-4e52-9d4b-0c2b6c2f0b11"


def _asked_by(identity: str) -> Change:
    return "<EndDevice><Names><name>M00000003</name></Names></EndDevice>", f"<EndDevice>{identity}</EndDevice>"


def _read(number: int, mrid: str, name: str = METER):  # type: ignore[no-untyped-def]
    payload = readings(of_meter(quarters(*HOUR), name, interval=("10:00", "11:00"), mrid=mrid))
    return spoiled(read(payload, number=number), request=_asked_by(f"<mRID>{mrid}</mRID>"))


CASES = {
    "name.given": Case([_READ], [control(text(after="<EndDevices/>"))]),
    "name.not-empty": Case(
        [_READ], [spoiled(_READ, request=_asked_by(f"<mRID></mRID><Names><name>{METER}</name></Names>"))]
    ),
    "name.uuid": Case(
        [spoiled(_READ, request=_asked_by(f"<mRID>{MRID}</mRID><Names><name>{METER}</name></Names>"))],
        [spoiled(_READ, request=_asked_by(f"<mRID>4711</mRID><Names><name>{METER}</name></Names>"))],
    ),
    "name.once": Case([_READ], [read(meters=(METER, METER))]),
    "name.one-mrid": Case([_read(1, MRID), _read(2, MRID)], [_read(1, MRID), _read(2, _OTHER_MRID)]),
    "name.one-name": Case([_read(1, MRID), _read(2, MRID)], [_read(1, MRID), _read(2, MRID, "M3")]),
}

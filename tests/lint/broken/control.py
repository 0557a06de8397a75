"""What breaks the rules on EndDeviceControls."""

from tests.lint.exchanges import METER, Case, control
from tests.support.soap_requests import control as text

_SHOW = "3.13.112.77"


def _display(duration: str = "30") -> str:
    return (
        f"<PanDisplay><duration>{duration}</duration><startDateTime>2026-03-02T13:00:00Z</startDateTime>"
        "<textMessage>hello</textMessage></PanDisplay>"
    )


def _timing(start: str) -> str:
    span = f"<end>2026-03-02T18:00:00Z</end><start>{start}</start>"
    return f"<primaryDeviceTiming><interval>{span}</interval></primaryDeviceTiming>"


_CONTROL = control()

CASES = {
    "control.type-known": Case([_CONTROL], [control(text(METER, code="3.31.0.99"))]),
    "control.has-targets": Case([_CONTROL], [control(text())]),
    "control.part-fits": Case(
        [control(text(METER, code=_SHOW, before=_display()))], [control(text(METER, before=_display()))]
    ),
    "control.part-given": Case(
        [control(text(METER, code=_SHOW, before=_display()))], [control(text(METER, code=_SHOW))]
    ),
    "control.starts-later": Case(
        [control(text(METER, after=_timing("2026-03-02T12:00:00Z")))],
        [control(text(METER, after=_timing("2026-03-02T11:00:00Z")))],
    ),
    "control.duration-positive": Case(
        [control(text(METER, code=_SHOW, before=_display()))],
        [control(text(METER, code=_SHOW, before=_display("0")))],
    ),
}

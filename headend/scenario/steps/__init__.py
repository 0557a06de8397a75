"""What steps can do, one file a subject. `ACTIONS` has all of them by their keys."""

from typing import Any, Final

from headend.scenario.action import Action
from headend.scenario.steps.call import CALL
from headend.scenario.steps.control import CONTROL, METER, RESET
from headend.scenario.steps.device_controls import CONNECTING, DEVICE_CONTROL, DISCONNECTING
from headend.scenario.steps.field import EVENT, OUTAGE, RESTORE
from headend.scenario.steps.get_events import GET_EVENTS
from headend.scenario.steps.journal import JOURNAL
from headend.scenario.steps.messages import MDM, NO_FURTHER_MESSAGE, RECEIVED, WAIT_FOR
from headend.scenario.steps.read import READ
from headend.scenario.steps.schedules import CANCEL_SCHEDULE, SCHEDULE
from headend.scenario.steps.send import RESEND, SEND
from headend.scenario.steps.time import ADVANCE
from headend.scenario.steps.wrongs import DEFECT, FAULT, ORDERING

_ALL: Final[tuple[Action[Any], ...]] = (
    READ, DISCONNECTING, CONNECTING, DEVICE_CONTROL, GET_EVENTS, SCHEDULE, CANCEL_SCHEDULE, CALL, SEND, RESEND,
    ADVANCE, EVENT, OUTAGE, RESTORE, DEFECT, ORDERING, FAULT, MDM, WAIT_FOR, RECEIVED, NO_FURTHER_MESSAGE,
    JOURNAL, METER, CONTROL, RESET,
)  # fmt: skip

ACTIONS: Final[dict[str, Action[Any]]] = {one.key: one for one in _ALL}
"""In the order of docs/scenarios.md."""

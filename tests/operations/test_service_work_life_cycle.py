"""The states of works, and what may be done in which (61968-9:2013, clause 5.5)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from headend.operations.refusal import Refusal
from headend.operations.service_requests.life_cycle import WorkState, WorkVerb, check, state_in_words, work_state
from headend.store import ServiceWork
from tests.conftest import NOON

SOON, LATER = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
OURS = ServiceWork(
    mrid="w", kind="disconnect", document={}, revision=1, accepted=NOON, changed=NOON, begins=SOON, ends=LATER
)
IN_STATE = {
    WorkState.REQUESTED: replace(OURS, begins=None, ends=None),
    WorkState.SCHEDULED: replace(OURS, begins=LATER),
    WorkState.IN_PROGRESS: OURS,
    WorkState.COMPLETED: replace(OURS, ends=SOON, result="completed"),
    WorkState.FAILED: replace(OURS, ends=SOON, result="failed"),
    WorkState.CANCELLED: replace(OURS, cancelled=SOON),
    WorkState.CLOSED: replace(OURS, closed=SOON),
}
"""Works that are in each state an hour after noon."""


@pytest.mark.parametrize("state", list(WorkState))
def test_a_state_follows_from_what_is_kept(state: WorkState) -> None:
    assert work_state(IN_STATE[state], SOON) is state


@pytest.mark.parametrize(
    ("at", "state"),
    [
        pytest.param(NOON, WorkState.SCHEDULED, id="before"),
        pytest.param(SOON, WorkState.IN_PROGRESS, id="begun"),
        pytest.param(LATER, WorkState.FAILED, id="over"),
    ],
)
def test_a_work_goes_through_its_states_as_time_passes(at: datetime, state: WorkState) -> None:
    assert work_state(replace(OURS, result="failed"), at) is state


@pytest.mark.parametrize(
    ("verb", "codes"),
    [
        pytest.param(WorkVerb.CHANGE, "- - 6.1 6.1 6.1 6.5 6.1", id="change"),
        pytest.param(WorkVerb.CANCEL, "- - 6.1 6.1 6.1 6.5 6.1", id="cancel"),
        pytest.param(WorkVerb.CLOSE, "6.1 6.1 6.1 - - - 6.1", id="close"),
        pytest.param(WorkVerb.DELETE, "6.1 6.1 6.1 - - - -", id="delete"),
    ],
)
def test_what_a_verb_may_do_hangs_on_the_state(verb: WorkVerb, codes: str) -> None:
    """Codes in the order requested, scheduled, in progress, completed, failed, cancelled, closed."""
    assert [_code(verb, IN_STATE[state]) for state in WorkState] == codes.split()


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("Completed", WorkState.COMPLETED),
        (" done ", WorkState.COMPLETED),
        ("canceled", WorkState.CANCELLED),
        ("in progress", WorkState.IN_PROGRESS),
        ("on the way", WorkState.REQUESTED),
        (None, WorkState.REQUESTED),
    ],
)
def test_others_have_words_of_their_own(words: str | None, state: WorkState) -> None:
    assert state_in_words(words) is state


def _code(verb: WorkVerb, work: ServiceWork) -> str:
    try:
        check(verb, work, SOON)
    except Refusal as refusal:
        return refusal.errors[0].code
    return "-"

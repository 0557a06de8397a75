"""Moving a head end's time without moving it under a message that is on its way.

The machine's time of an in-process head end is moved with the fleet's. Who moves it while a message is on its way makes
the sender believe that the receiver took too long, and what is measured then is luck.
"""

from headend.delivery.settling import wait_until_settled
from tests.support.in_process import InProcessHeadEnd


def settle(head_end: InProcessHeadEnd) -> None:
    """Waits until all that is due was sent, or waits for a retry."""
    inside = head_end.head_end
    if not inside.dispatcher.is_running:
        inside.start()
    wake = inside.dispatcher.wake
    wake()
    assert wait_until_settled(inside.store, inside.clock, head_end.clock, inside.news, timeout_s=20, wake=wake)


def advance_when_settled(head_end: InProcessHeadEnd, **duration: float) -> None:
    """Moves the time once nothing is on its way, and lets the dispatchers look at what is due then."""
    settle(head_end)
    head_end.advance(**duration)
    head_end.head_end.dispatcher.wake()


def settle_after(head_end: InProcessHeadEnd, **duration: float) -> None:
    """Moves the time once nothing is on its way, and waits for what is due then; also for retries."""
    advance_when_settled(head_end, **duration)
    settle(head_end)

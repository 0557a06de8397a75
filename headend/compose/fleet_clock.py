"""The clock that the fleet lives by."""

from headend.journal.fleet_time import RememberingClock
from headend.store import Store
from simulator.clock import Clock, ClockAnchor, ClockSpec


def fleet_clock(spec_text: str, store: Store, machine: Clock) -> Clock:
    """The fleet's clock. Its anchor is in the store, so that all processes share it and a restart goes on from it.

    An anchor that was laid by other words is replaced: the setting is the user's last word.
    """
    spec = ClockSpec.parse(spec_text)
    if spec == ClockSpec():
        return machine
    with store.writing() as work:
        stored = work.clock_anchor.get()
        if stored is None or stored.spec != str(spec):
            work.clock_anchor.put(str(spec), spec.anchor(machine.now()))

    def read_anchor() -> ClockAnchor:
        with store.reading() as work:
            current = work.clock_anchor.get()
        if current is None:
            raise LookupError("the clock's anchor is gone from the store")
        return current.anchor

    return RememberingClock(read_anchor, machine)

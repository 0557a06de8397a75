"""What time it is for the head end, and moving it where that can be done."""

import threading
from datetime import datetime, timedelta

from headend.client import ClientError, ClockReading, ControlClient
from simulator.clock import Clock

_SLACK_S = 300.0
"""A head end whose messages are stamped within so many seconds of our own time has the time that we have."""


class CannotMove(Exception):
    """The time cannot be moved so far; the message says why."""


class TargetClock:
    """The head end's time, which in a simulation is not ours. It can be passed on as a Clock.

    With a control API it is asked; else it follows from the Timestamp of an answer and the machine's time since.
    """

    def __init__(self, machine: Clock, control: ControlClient | None, patience_s: float) -> None:
        """patience_s: so long of the machine's time is waited at most."""
        self._machine = machine
        self._control = control
        self._patience_s = patience_s
        self._offset = timedelta(0)
        self._reading: tuple[ClockReading, datetime] | None = None
        self._pause = threading.Event()

    def now(self) -> datetime:
        """Aware, UTC. As good as the last look at the head end's clock."""
        machine_now = self._machine.now()
        if self._reading is None:
            return machine_now + self._offset
        reading, at = self._reading
        return reading.now + reading.rate * (machine_now - at)

    @property
    def can_be_moved(self) -> bool:
        """Whether hours pass because we say so."""
        return self._reading is not None and self._reading[0].can_be_moved

    def look(self) -> None:
        """Ask the head end for its time. Raises ClientError."""
        if self._control is not None:
            self._reading = (self._control.clock(), self._machine.now())

    def learn(self, stamp: datetime | None) -> None:
        """An answer was stamped so just now."""
        if self._reading is None and stamp is not None:
            offset = stamp - self._machine.now()
            self._offset = offset if abs(offset.total_seconds()) > _SLACK_S else timedelta(0)

    def advance(self, by: timedelta) -> None:
        """Let so much time pass, and what falls due in it be sent. Raises CannotMove."""
        if self.can_be_moved and self._control is not None:
            try:
                reading = self._control.advance(by, wait_s=min(60.0, max(10.0, self._patience_s)))
            except ClientError as error:
                raise CannotMove(f"the control API does not move the time: {error}") from error
            self._reading = (reading, self._machine.now())
            return
        if by.total_seconds() > self._patience_s:
            raise CannotMove(
                f"{by} would have to pass, the time of this head end cannot be moved, "
                f"and --patience is {self._patience_s:g} s"
            )
        self._pause.wait(by.total_seconds())

    def settle(self, quiet_s: float) -> None:
        """Wait until what is due was sent: as the control API says, else for `quiet_s` of the machine's time."""
        if self.can_be_moved:
            self.advance(timedelta(0))
        else:
            self._pause.wait(quiet_s)

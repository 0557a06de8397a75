"""The flows that a register counts, and the units they are counted in."""

from enum import IntEnum

import numpy as np

from simulator import noise
from simulator.noise import Purpose, Words


class Flow(IntEnum):
    """What passes a meter, each in a register of its own. The numbers are part of noise addresses: never change them.

    Forward is to the customer. The quadrants are those of Annex C: Q1 and Q4 go with forward energy (Q1 the
    customer's load lags, Q4 it leads), Q2 and Q3 with reverse energy.
    """

    FORWARD = 0  # milliwatt-hours
    REVERSE = 1  # milliwatt-hours
    Q1 = 2  # milli-var-hours
    Q2 = 3  # milli-var-hours
    Q3 = 4  # milli-var-hours
    Q4 = 5  # milli-var-hours
    VOLUME = 6  # millilitres


def flow_keys(keys: Words, flow: Flow) -> Words:
    """The keys (meters,) from which the energy of a flow is drawn, given those of the meters."""
    if flow is Flow.FORWARD:
        return keys  # as it has always been: no recorded reading may change
    return noise.draw(noise.key_for(keys, Purpose.FLOW), np.array([flow], np.int64))

"""Profiles are data with bounds: whatever they allow cannot overflow the cascade."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.profiles import MOST_ACTIVITY, RESIDENTIAL, InvalidProfile, tables


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"season": (256,) * 11}, "season needs 12 numbers, not 11"),
        ({"season": (0,) * 12}, "season takes 1 to 511, not 0"),
        ({"day_types": (256, 256, 512)}, "day_types takes 1 to 511, not 512"),
        ({"annual_wh": ((0, 1), (256, 10**10))}, "annual_wh takes 1 to 1000000000"),
        ({"own_day": ((0, 0), (256, 100))}, "own_day takes 1 to 511, not 0"),
        ({"slot": ((0, 1), (256, 5_000))}, "slot takes 1 to 4095, not 5000"),
        ({"standing": 0}, "standing takes 1 to"),
        ({"calm": (1,) * 23}, "calm needs 24 numbers"),
        ({"households": RESIDENTIAL.households[1:]}, "must add up to 256"),
        (
            {"households": (replace(RESIDENTIAL.households[0], share=256, sunday=(MOST_ACTIVITY + 1,) * 24),)},
            "households takes 1 to 127, not 128",
        ),
    ],
)
def test_a_profile_outside_its_bounds_is_refused(change, words: str) -> None:
    with pytest.raises(InvalidProfile) as refusal:
        replace(RESIDENTIAL, **change)
    assert words in str(refusal.value)


@pytest.mark.parametrize("ladder", [((0, 1), (255, 9)), ((1, 1), (256, 9)), ((0, 1), (100, 2), (257, 9))])
def test_a_ladder_must_span_every_draw(ladder) -> None:
    with pytest.raises(InvalidProfile, match="a ladder runs from 0 to 256"):
        tables(replace(RESIDENTIAL, slot=ladder))


def test_a_ladder_rises_in_straight_lines_between_its_points() -> None:
    slot = tables(replace(RESIDENTIAL, slot=((0, 10), (128, 138), (256, 394)))).slot
    assert [int(slot[at]) for at in (0, 1, 127, 128, 129, 255)] == [10, 11, 137, 138, 140, 392]


def test_households_take_their_share_of_the_draws() -> None:
    shares = np.bincount(tables(RESIDENTIAL).household).tolist()
    assert shares == [home.share for home in RESIDENTIAL.households]

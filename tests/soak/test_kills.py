"""The kill test in its short form: `make soak` is the same with 200 kills on each database."""

from pathlib import Path
from random import Random

from tests.delivery.receiver import receiver
from tests.soak.killed_head_end import KilledHeadEnd, killed


def test_nothing_that_was_acknowledged_is_lost_when_the_head_end_is_killed(database_url: str, tmp_path: Path) -> None:
    with receiver() as mdm:
        tally = killed(KilledHeadEnd(database_url, tmp_path, mdm, Random(7)), rounds=3)
    assert tally.rounds == 3
    assert tally.acknowledged > 3
    assert tally.messages >= tally.acknowledged

"""What became of the orders of the settings is the same for every process."""

from headend.store import ConfiguredState, Store


def test_each_acts_as_often_as_it_is_to(store: Store) -> None:
    with store.writing() as work:
        assert [work.configured_states.use("one", 2) for _ in range(3)] == [True, True, False]
        assert [work.configured_states.use("other", None) for _ in range(3)] == [True, True, True]
    with store.reading() as work:
        assert work.configured_states.all() == {
            "one": ConfiguredState("one", used=2),
            "other": ConfiguredState("other", used=3),
        }


def test_one_that_was_taken_away_acts_no_more_and_is_taken_away_once(store: Store) -> None:
    with store.writing() as work:
        assert [work.configured_states.remove("one") for _ in range(2)] == [True, False]
        assert not work.configured_states.use("one", None)


def test_what_comes_by_is_counted_from_nothing(store: Store) -> None:
    with store.writing() as work:
        assert [work.configured_states.see("one") for _ in range(3)] == [0, 1, 2]

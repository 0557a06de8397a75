"""How sessions begin and end: by a call, by a wish, by age, by a drop; in one process and in several."""

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headend.operations.declined import Declined
from headend.operations.sessions import LONGEST_NAME
from headend.store import StoreUnavailable
from headend.store.session_register import REMOVED_AFTER
from tests.sessions.session_head_end import SessionHeadEnd, session_head_end, without_traces

METER = "M00000003"


@pytest.fixture
def head_end(tmp_path: Path, database_url: str) -> Iterator[SessionHeadEnd]:
    with session_head_end(tmp_path, database_url) as opened, without_traces(opened):
        yield opened


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[SessionHeadEnd]:
    with session_head_end(tmp_path) as opened:
        yield opened


def is_open(head_end: SessionHeadEnd, session: str) -> bool:
    """Whether the meter's switch is."""
    return bool(head_end.json("GET", f"meters/{METER}", session=session)["switch"] == "disconnected")


def test_a_session_is_there_as_soon_as_it_is_called(head_end: SessionHeadEnd) -> None:
    assert head_end.names() == []
    head_end.session("ci-17").get("/readyz")
    (told,) = head_end.json("GET", "sessions")["sessions"]
    assert told == {
        "name": "ci-17",
        "path": "/s/ci-17",
        "created": "2026-03-02T12:00:00Z",
        "used": "2026-03-02T12:00:00Z",
        "dropped_after": "2026-03-03T12:00:00Z",
        "settings": {"clock": None, "seed": None, "meters": None},
    }


def test_concurrent_first_calls_make_one_session(on_sqlite: SessionHeadEnd) -> None:
    ready = threading.Barrier(6)

    def call(number: int) -> str | None:
        ready.wait()
        return on_sqlite.session("new").disconnect(f"M{number:08d}").result

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(call, range(6))) == {"OK"}
    assert len(on_sqlite.json("GET", "controls", session="new")["controls"]) == 6


def test_two_processes_share_a_session_that_both_call_first(tmp_path: Path, database_url: str) -> None:
    """Two head ends on one database are what two worker processes are."""
    with (
        session_head_end(tmp_path, database_url) as one,
        without_traces(one),
        session_head_end(tmp_path, database_url) as other,
    ):
        ready = threading.Barrier(2)

        def call(head_end: SessionHeadEnd, meter: str) -> str | None:
            ready.wait()
            return head_end.session("shared").disconnect(meter).result

        with ThreadPoolExecutor(2) as pool:
            assert set(pool.map(call, (one, other), (METER, "M00000004"))) == {"OK"}
        for head_end in (one, other):
            assert len(head_end.json("GET", "controls", session="shared")["controls"]) == 2
        one.json("DELETE", "sessions/shared")
        assert not is_open(other, "shared"), "what one process drops begins anew in the other"
        other.session("shared").disconnect(METER)
        assert is_open(one, "shared")


def test_a_dropped_session_begins_anew(head_end: SessionHeadEnd) -> None:
    head_end.session("ci-17").disconnect(METER)
    head_end.json("POST", "clock/advance", {"by": "PT1H", "wait": False}, "ci-17")
    head_end.json("DELETE", "sessions/ci-17")
    assert head_end.names() == []
    assert not is_open(head_end, "ci-17")
    assert head_end.json("GET", "clock", session="ci-17")["now"] == "2026-03-02T12:00:00Z"


def test_who_is_at_work_in_a_session_is_not_hurt_when_it_is_dropped(head_end: SessionHeadEnd) -> None:
    head_end.session("ci-17").disconnect(METER)
    with head_end.sessions.visit("ci-17"):
        held = head_end.sessions._open["ci-17"].head_end
        head_end.sessions.drop("ci-17")
        head_end.opened.clock.advance(REMOVED_AFTER)
        head_end.sessions.tidy_up()
        assert held.tidy_up() == 0, "its database is still there"
        assert len(head_end.sessions._leaving) == 1
    head_end.sessions.tidy_up()
    assert head_end.sessions._leaving == []


def test_a_stream_that_is_under_way_keeps_its_session(on_sqlite: SessionHeadEnd) -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/s/ci-17/stream",
    }
    on_sqlite.session("ci-17").get("/livez")
    opened = on_sqlite.sessions._open["ci-17"]
    seen: list[int] = []

    class Streaming:
        def wsgi(self, _environ: object, _start: object) -> Iterator[bytes]:
            yield b"one"
            yield b"two"

        def close(self) -> None:
            seen.append(opened.visits)

    opened.head_end = Streaming()  # type: ignore[assignment]
    answer = iter(on_sqlite.opened.head_end.wsgi(environ, lambda *_: None))
    assert next(answer) == b"one"
    on_sqlite.sessions.drop("ci-17")
    assert seen == []
    assert list(answer) == [b"two"]
    on_sqlite.sessions.follow()
    assert seen == [0]


def test_a_session_that_nobody_calls_is_dropped_and_one_that_somebody_calls_is_not(head_end: SessionHeadEnd) -> None:
    for name in ("idle", "busy"):
        head_end.session(name).disconnect(METER)
    head_end.opened.advance(hours=23)
    head_end.session("busy").get("/readyz")
    head_end.opened.advance(hours=1)
    head_end.sessions.tidy_up()
    assert head_end.names() == ["busy"]
    assert is_open(head_end, "busy")
    assert not is_open(head_end, "idle")


def test_nothing_is_left_of_a_dropped_session_after_a_minute(on_sqlite: SessionHeadEnd, tmp_path: Path) -> None:
    on_sqlite.session("ci-17").disconnect(METER)
    on_sqlite.session("ci-18").disconnect(METER)
    on_sqlite.sessions.drop("ci-17")
    on_sqlite.sessions.tidy_up()
    kept = tmp_path / "headend.db.sessions"
    assert sorted(one.name for one in kept.iterdir()) == ["ci-17@1", "ci-18", "ci-18@1"]
    on_sqlite.opened.clock.advance(REMOVED_AFTER)
    on_sqlite.sessions.tidy_up()
    assert sorted(one.name for one in kept.iterdir()) == ["ci-18", "ci-18@1"]


def test_a_process_that_was_killed_while_it_made_a_session_leaves_nothing_in_the_way(
    on_sqlite: SessionHeadEnd, tmp_path: Path
) -> None:
    half_made = tmp_path / "headend.db.sessions" / "ci-17@1"
    half_made.mkdir(parents=True)
    os.utime(half_made, (on_sqlite.opened.clock.now().timestamp(),) * 2)
    assert on_sqlite.session("ci-17").read(METER).result == "OK"
    on_sqlite.opened.clock.advance(REMOVED_AFTER)
    on_sqlite.sessions.tidy_up()
    assert sorted(one.name for one in half_made.parent.iterdir()) == ["ci-17", "ci-17@2"]


def test_names_that_a_file_system_takes_for_the_same_are_not_mixed_up(
    on_sqlite: SessionHeadEnd, tmp_path: Path
) -> None:
    on_sqlite.session("Job").disconnect(METER)
    (tmp_path / "headend.db.sessions" / "job").symlink_to("Job@1")  # what others make of the two names
    with pytest.raises(StoreUnavailable, match="cannot tell the sessions job and Job apart"):
        on_sqlite.sessions.create("job", {})


def test_sessions_survive_a_restart(tmp_path: Path, database_url: str) -> None:
    with session_head_end(tmp_path, database_url) as before:
        before.json("POST", "sessions", {"name": "night", "seed": 7})
        before.session("night").disconnect(METER)
    with session_head_end(tmp_path, database_url) as after, without_traces(after):
        assert is_open(after, "night")
        assert after.json("GET", "version", session="night")["seed"] == 7


def test_a_session_may_differ_in_clock_seed_and_meters(head_end: SessionHeadEnd) -> None:
    wanted = {"clock": "stepped@2026-01-01T00:00:00Z", "seed": 7, "meters": 20}
    made = head_end.json("POST", "sessions", {"name": "night", **wanted})
    assert (made["path"], made["settings"]) == ("/s/night", wanted)
    version = head_end.json("GET", "version", session="night")
    assert (version["seed"], version["meters"]) == (7, 20)
    assert head_end.json("GET", "clock", session="night")["now"] == "2026-01-01T00:00:00Z"
    assert head_end.session("night").read("M00000019").result == "OK"
    assert head_end.session("night").read("M00000020").codes == ["2.4"]


@pytest.mark.parametrize(
    ("wanted", "status", "told"),
    [
        ({"name": "x", "clock": "stpped"}, 422, "clock: "),
        ({"name": "x", "meters": -1}, 422, "body.meters"),
        ({"name": "-x"}, 422, "body.name"),
        ({"name": "x", "sead": 1}, 422, "did you mean 'seed'?"),
        ({"name": "there"}, 409, "'there' is there already"),
    ],
)
def test_a_wish_that_cannot_be_is_told_why(
    on_sqlite: SessionHeadEnd, wanted: dict[str, object], status: int, told: str
) -> None:
    on_sqlite.session("there").get("/livez")
    answer = on_sqlite.control("POST", "sessions", wanted)
    assert (answer.status, on_sqlite.names()) == (status, ["there"])
    assert told in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("name", ["", "-x", "a b", "a@1", "..", "ü", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_none_can_have_is_told_what_one_is(on_sqlite: SessionHeadEnd, name: str) -> None:
    line = on_sqlite.session(name).http("GET", "/services/")
    assert line.status == 404
    assert b"begin it with a letter or digit" in line.body
    problem = json.loads(on_sqlite.control("GET", "clock", session=name).body)
    assert (problem["status"], "cannot be the name" in problem["detail"]) == (404, True)
    fault = on_sqlite.session(name).read(METER).fault
    assert fault is not None
    assert "cannot be the name of a session" in fault.sentence
    assert on_sqlite.names() == []


def test_a_name_may_be_as_long_as_is_said(head_end: SessionHeadEnd) -> None:
    assert head_end.session("x" * LONGEST_NAME).read(METER).result == "OK"


@pytest.mark.parametrize(("most", "told"), [(1, "the setting most_sessions allows no more"), (0, "most_sessions is 0")])
def test_one_session_too_many_is_refused_with_the_name_of_the_setting(tmp_path: Path, most: int, told: str) -> None:
    with session_head_end(tmp_path, most_sessions=most) as head_end:
        for number in range(most):
            head_end.session(f"allowed-{number}").get("/livez")
        answers = [
            head_end.control("GET", "clock", session="more"),
            head_end.control("POST", "sessions", {"name": "more"}),
            head_end.exchange("GET", "/s/more/services/", [], None),
        ]
        for answer in answers:
            assert (answer.status, answer.header("Retry-After")) == (503, "1")
            assert told in answer.body.decode()
        fault = head_end.session("more").read(METER).fault
        assert fault is not None
        assert told in fault.sentence


def test_there_is_room_again_when_one_was_dropped(tmp_path: Path) -> None:
    with session_head_end(tmp_path, most_sessions=1) as head_end:
        head_end.session("one").get("/livez")
        head_end.json("DELETE", "sessions/one")
        assert head_end.session("other").read(METER).result == "OK"


def test_dropping_what_is_not_there_tells_what_is(on_sqlite: SessionHeadEnd) -> None:
    on_sqlite.session("ci-17").get("/livez")
    answer = on_sqlite.control("DELETE", "sessions/ci-71")
    assert answer.status == 404
    assert "did you mean 'ci-17'?" in json.loads(answer.body)["detail"]
    with pytest.raises(Declined, match="cannot be the name"):
        on_sqlite.sessions.drop("../headend.db")


def test_a_session_is_tidied_up_by_its_own_clock(tmp_path: Path) -> None:
    with session_head_end(tmp_path, keep_events_days=1) as head_end:
        for name in ("old", "young"):
            head_end.json("POST", "events", {"type": "3.12.0.257", "meters": [METER]}, name)
        head_end.json("POST", "clock/advance", {"by": "P2D", "wait": False}, "old")
        head_end.sessions.tidy_up()
        asked = "events?from=2026-03-02T00:00:00Z"
        assert head_end.json("GET", asked, session="old")["events"] == []
        assert len(head_end.json("GET", asked, session="young")["events"]) == 1

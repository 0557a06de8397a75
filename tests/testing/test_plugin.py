"""The pytest plugin, as somebody's project uses it."""

import pytest

from tests.testing.conftest import RunTests

SURFACE = """
def test_disconnect(headend, fake_mdm):
    meter = headend.meters[0]
    reply = headend.client("ExecuteEndDeviceControls").disconnect(meter)
    assert reply.result == "OK"
    headend.clock.advance(minutes=2)
    fake_mdm.wait_for("EndDeviceEvents", meter=meter, event="3.31.0.68")
"""


def test_the_example_that_we_promise_runs(run_tests: RunTests) -> None:
    run_tests(SURFACE).assert_outcomes(passed=1)


def test_each_test_has_a_head_end_of_its_own(run_tests: RunTests) -> None:
    run_tests(
        """
        seen = []

        def test_first(headend, fake_mdm):
            headend.client().disconnect(headend.meters[0])
            headend.clock.advance(hours=1)
            seen.append((headend.base_url, fake_mdm.base_url))

        def test_second(headend, fake_mdm):
            assert str(headend.clock.now) == "2026-03-02 12:00:00+00:00"
            assert not headend.client().events(headend.meters[0]).events
            assert not fake_mdm.received
            assert (headend.base_url, fake_mdm.base_url) not in seen
        """
    ).assert_outcomes(passed=2)


def test_the_marker_sets_the_head_end_up_and_the_closest_one_counts(run_tests: RunTests) -> None:
    run_tests(
        """
        import pytest

        pytestmark = pytest.mark.headend(meters=3, seed=7)

        @pytest.fixture(scope="session")
        def headend_settings():
            return {"meters": 2, "zone": "Europe/Rome"}

        def test_of_the_module(headend):
            version = headend.control.version()
            assert (version["meters"], version["seed"], version["zone"]) == (3, 7, "Europe/Rome")

        @pytest.mark.headend(meters=4)
        def test_of_its_own(headend):
            assert (len(headend.meters), headend.control.version()["seed"]) == (4, 7)
        """,
        "--strict-markers",
    ).assert_outcomes(passed=2)


def test_a_config_is_a_file_beside_the_test_or_in_the_root_directory_or_a_text(
    run_tests: RunTests, pytester: pytest.Pytester
) -> None:
    pytester.makefile(".yaml", headend="meters: 5\nport: 8080\ndatabase: sqlite:////nowhere/real.db\n")
    (pytester.path / "headend.yaml").rename(pytester.path / "mine.yaml")
    run_tests(
        """
        import pytest

        @pytest.mark.headend(config="mine.yaml")
        def test_a_file(headend):
            assert len(headend.meters) == 5
            assert not headend.base_url.endswith(":8080")

        @pytest.mark.headend(config="meters: 6", seed=2)
        def test_a_text(headend):
            assert len(headend.meters) == 6

        @pytest.mark.headend(config={"meters": 7})
        def test_a_dictionary(headend):
            assert len(headend.meters) == 7
        """
    ).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        ("metres=10", "@pytest.mark.headend of test_it: there is no setting 'metres'; did you mean 'meters'?"),
        ("10", "@pytest.mark.headend of test_it takes settings by name, such as meters=10, and not 10; a file is *"),
        ("meters='many'", "@pytest.mark.headend of test_it: meters = 'many': Input should be a valid integer*"),
        ("meters=-1", "@pytest.mark.headend of test_it: meters = -1: Input should be greater than or equal to 0"),
        ("workers=2", "@pytest.mark.headend of test_it: workers is about processes; a HeadEnd lives in threads of*"),
        ("clock='x0'", "@pytest.mark.headend of test_it: clock = 'x0': a clock runs more than 0*"),
        ("config='none.yaml'", "@pytest.mark.headend of test_it: there is no file none.yaml, neither in * nor in *"),
        ("config='meter: 3'", "@pytest.mark.headend of test_it: config, line 1: there is no setting 'meter'; did*"),
        ("config={'metres': 1}", "@pytest.mark.headend of test_it: config: there is no setting 'metres'; did you*"),
        ("config=3", "@pytest.mark.headend of test_it: config is a file, its text or a dictionary, not 3"),
        ("fleet='none.yaml'", "@pytest.mark.headend of test_it: *none.yaml*"),
    ],
)
def test_a_wrong_marker_is_told_in_one_sentence(run_tests: RunTests, marker: str, sentence: str) -> None:
    result = run_tests(f"import pytest\n\n@pytest.mark.headend({marker})\ndef test_it(headend):\n    pass\n")
    result.assert_outcomes(errors=1)
    told = result.outlines[result.outlines.index(next(line for line in result.outlines if "ERROR at" in line)) + 1 :]
    body = told[: next(number for number, line in enumerate(told) if line.startswith("==="))]
    assert len(body) == 1, body
    pytest.LineMatcher(body).fnmatch_lines([sentence])


def test_wrong_settings_of_a_run_are_not_blamed_on_the_test(run_tests: RunTests) -> None:
    result = run_tests(
        """
        import pytest

        @pytest.fixture(scope="session")
        def headend_settings():
            return {"metres": 2}

        @pytest.mark.headend(meters=4)
        def test_it(headend):
            pass
        """
    )
    result.stdout.fnmatch_lines(["the fixture headend_settings: there is no setting 'metres'; did you mean 'meters'?"])


def test_settings_of_a_run_are_a_dictionary(run_tests: RunTests) -> None:
    result = run_tests(
        """
        import pytest

        @pytest.fixture(scope="session")
        def headend_settings():
            return ["meters"]

        def test_it(headend):
            pass
        """
    )
    result.stdout.fnmatch_lines(["the fixture headend_settings gives a dictionary of settings, such as *"])


def test_a_marker_that_does_nothing_is_warned_of(run_tests: RunTests) -> None:
    result = run_tests(
        """
        import pytest

        @pytest.mark.headend(meters=3)
        def test_it(fake_mdm):
            pass
        """
    )
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*@pytest.mark.headend of test_it does nothing: the test does not use the fixture*"])


def test_the_session_has_one_head_end_that_is_reset_before_each_test(run_tests: RunTests) -> None:
    run_tests(
        """
        import pytest

        @pytest.fixture(scope="module")
        def listener(headend_session):
            return headend_session.subscribe("http://127.0.0.1:9/listener")

        def test_first(headend_session, listener, fake_mdm):
            headend_session.subscribe("http://127.0.0.1:9/of-this-test")
            headend_session.client().disconnect(headend_session.meters[0])
            fake_mdm.wait_for("EndDeviceEvents")
            headend_session.clock.advance(hours=1, timeout_s=0)
            test_first.base_url = headend_session.base_url

        def test_second(headend_session, listener):
            assert headend_session.base_url == test_first.base_url
            assert headend_session.clock.now.hour == 12
            assert headend_session.subscriptions() == [listener]
            reply = headend_session.client().events(headend_session.meters[0])
            assert (reply.events, reply.correlation_id) == ((), "test-1")

        def test_third(fake_mdm, headend_session):
            headend_session.client().disconnect(headend_session.meters[0])
            fake_mdm.wait_for("EndDeviceEvents")
            assert len([one for one in fake_mdm.received if one.noun == "EndDeviceEvents"]) == 1
        """
    ).assert_outcomes(passed=3)


def test_a_fake_mdm_without_a_head_end_is_one_for_whatever_is_tested(run_tests: RunTests) -> None:
    run_tests("def test_it(fake_mdm):\n    assert fake_mdm.received == ()\n").assert_outcomes(passed=1)


def test_a_fixture_of_somebody_elses_by_our_name_is_left_alone(run_tests: RunTests) -> None:
    run_tests(
        """
        import pytest

        @pytest.fixture
        def headend():
            return "mine"

        def test_it(headend, fake_mdm):
            assert headend == "mine"
        """
    ).assert_outcomes(passed=1)


REPORTED = """
def test_it(headend, fake_mdm):
    headend.client().disconnect(headend.meters[0])
    headend.clock.settle()
    headend.client().read("M99999999")
    assert not "a reason to fail"

def test_beside_it(headend):
    pass
"""


def test_a_failed_test_tells_what_crossed_the_wire(run_tests: RunTests) -> None:
    result = run_tests(REPORTED)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*- headend exchanges, http://127.0.0.1:*",
            "1. 2026-03-02 12:00:00 create EndDeviceControls, 1 control, * RCDSwitch.-.Disconnect: OK, * ms",
            "*created EndDeviceEvents, 1 event, M00000000 RCDSwitch.-.Disconnected to http://127.0.0.1:*: OK 0.3, * ms",
            "*get MeterReadings, M99999999: FAILED 2.4, * ms",
            "--- *. request",
            "*<ns2:name>M99999999</ns2:name>",
            "--- *. response",
            "*<m:details>EndDevice name 'M99999999' is not known here</m:details>",
            "*- headend deliveries, http://127.0.0.1:*",
            "created EndDeviceEvents to http://127.0.0.1:*/services/ReceiveEndDeviceEvents: delivered",
            "*- fake MDM received, http://127.0.0.1:*",
            "*. created EndDeviceEvents, 1 event, M00000000 RCDSwitch.-.Disconnected",
        ]
    )


def test_a_failed_test_tells_which_rule_was_broken_and_what_was_meant(run_tests: RunTests) -> None:
    result = run_tests(
        """
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen
        import pytest

        def test_it(headend):
            for service, text in (("GetMeterReading", b"<a/>"), ("GetMeterReadings", b"<a>")):
                with pytest.raises(HTTPError):
                    urlopen(Request(f"{headend.base_url}/services/{service}", text, {"Content-Type": "text/xml"}))
            assert not "a reason to fail"
        """
    )
    result.stdout.fnmatch_lines(
        [
            "--- 1. near miss: GetMeterReadings at /services/GetMeterReadings; there is no service 'GetMeterReading'*",
            "--- 2. request: *the body is not well-formed XML*",
        ]
    )


def test_a_head_end_without_a_journal_says_so(run_tests: RunTests) -> None:
    result = run_tests(
        """
        import pytest

        @pytest.mark.headend(journal=False)
        def test_it(headend):
            assert not "a reason to fail"
        """
    )
    result.stdout.fnmatch_lines(["nothing was recorded: the setting journal is off"])


def test_a_head_end_that_ends_with_its_block_tells_it_all_the_same(run_tests: RunTests) -> None:
    result = run_tests(
        """
        from headend.testing import HeadEnd

        def test_it():
            with HeadEnd(meters=3) as headend:
                headend.client().read(headend.meters[0])
                raise AssertionError("a reason to fail")

        def test_another():
            raise AssertionError("a reason of its own")
        """
    )
    result.stdout.fnmatch_lines(["1. 2026-03-02 12:00:00 get MeterReadings, *: OK, * ms"])
    assert result.stdout.str().count("headend exchanges") == 1


def test_tests_run_side_by_side(run_tests: RunTests) -> None:
    source = SURFACE + SURFACE.replace("test_disconnect", "test_again").replace("meters[0]", "meters[1]") + REPORTED
    result = run_tests(source, "-n", "2", in_process=False)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*headend exchanges*", "*fake MDM received*"])


def test_the_plugin_can_be_switched_off(run_tests: RunTests) -> None:
    result = run_tests("def test_it(headend):\n    pass\n", "-p", "no:headend")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'headend' not found"])

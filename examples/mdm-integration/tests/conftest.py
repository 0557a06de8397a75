"""The toy MDM beside a head end. `--mended BUG` (also `all`) runs the tests as if that bug were gone."""

import pytest
from toy_mdm import Bug, ToyMdm

ZONE = "Europe/Berlin"


def pytest_addoption(parser):
    parser.addoption("--mended", action="append", default=[], choices=["all", *Bug], help="a bug that is mended")


@pytest.fixture(scope="session")
def headend_settings():
    # The noon after the day on which summer time ended.
    return {"meters": 5, "zone": ZONE, "clock": "stepped@2025-10-27T12:00:00Z"}


@pytest.fixture
def mdm(headend, request):
    mended = request.config.getoption("mended")
    bugs = [] if "all" in mended else [bug for bug in Bug if bug.value not in mended]
    with ToyMdm(headend.base_url, ZONE, bugs).running() as running:
        yield running

"""Ctrl-C ends a command that follows something, whatever that is at when it comes."""

import signal
from collections.abc import Iterator

import pytest

from headend.cli.stopping import interruptible


@pytest.fixture(autouse=True)
def as_python_starts() -> Iterator[None]:
    """A command that ran in this process before may have left something else."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class RaisesWhenItGoes:
    """What is raised in a destructor is told and dropped."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_it_is_raised_as_ever() -> None:
    with interruptible() as is_over:
        assert not is_over()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert is_over()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_counts_where_it_gets_lost() -> None:
    with interruptible() as is_over:
        RaisesWhenItGoes()
        assert is_over()


def test_whoever_ignores_it_goes_on_doing_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptible() as is_over:
        signal.raise_signal(signal.SIGINT)
        assert not is_over()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN

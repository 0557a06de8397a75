"""The head end of one test, set up by its marker."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from headend.config import InvalidSettings
from headend.store import StoreError
from headend.testing.head_end import HeadEnd

MARKER_NAME = "headend"


@contextmanager
def head_end_of(request: pytest.FixtureRequest, settings: Mapping[str, Any]) -> Iterator[HeadEnd]:
    """A running head end. Fails the test with a sentence where its settings cannot be."""
    marked = _marked(request.node, request.config.rootpath)
    with started(settings, marked, _where(request.node)) as running:
        yield running


@contextmanager
def started(settings: Mapping[str, Any], marked: Mapping[str, Any], where: str) -> Iterator[HeadEnd]:
    """A running head end with the settings of the run, and those of a test, which count first.

    where: who wrote the latter, for errors.
    """
    head_end = _made(settings, "the fixture headend_settings")
    if marked:
        head_end = _made({**settings, **marked}, where)
    try:
        head_end.start()
    except (StoreError, OSError) as error:
        raise refused(f"the head end of this test cannot start: {error}") from None
    try:
        yield head_end
    finally:
        head_end.close()


def _made(settings: Mapping[str, Any], where: str) -> HeadEnd:
    try:
        return HeadEnd(**settings)
    except InvalidSettings as error:
        raise refused(f"{where}: {error}") from None
    except TypeError:
        raise refused(
            f"{where} gives a dictionary of settings, such as {{'meters': 10}}, and not {settings!r}"
        ) from None


def refused(sentence: str) -> BaseException:
    """What fails the test that is being set up, with a sentence and no traceback. Raise it from None."""
    return pytest.fail.Exception(sentence, pytrace=False)


def _marked(item: pytest.Item, root: Path) -> dict[str, Any]:
    """What the markers of a test say; the closest one counts."""
    found: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers(MARKER_NAME))):
        if marker.args:
            raise refused(
                f"{_where(item)} takes settings by name, such as meters=10, and not {marker.args[0]!r}; a file is "
                "config='headend.yaml'"
            )
        found |= marker.kwargs
    if isinstance(found.get("config"), str | Path):
        found["config"] = _file(found["config"], item, root)
    return found


def _file(config: str | Path, item: pytest.Item, root: Path) -> str | Path:
    """A file beside the test, or in the root directory; what is neither is taken as it is: text, or a file."""
    if isinstance(config, str) and ("\n" in config or ": " in config):
        return config
    beside = [directory / config for directory in (item.path.parent, root)]
    found = next((file for file in beside if file.is_file()), None)
    if found is None:
        raise refused(
            f"{_where(item)}: there is no file {config}, neither in {beside[0].parent} nor in {root}"
        ) from None
    return found


def _where(item: pytest.Item) -> str:
    return f"@pytest.mark.{MARKER_NAME} of {item.name}"

"""The text of Compressed, both ways (61968-100:2013, Message.xsd)."""

import base64
import gzip
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.messages.compressed import Form, NotInflated, TooLong, compressed, form_of, inflated

MEGABYTE = 1024 * 1024
READINGS = b"".join(b"<value>%d</value><stamp>%d</stamp>" % (number * number, number) for number in range(20_000))


def text_of(data: bytes, cut: int = 100_000) -> str:
    return b"".join(compressed(data[start : start + cut] for start in range(0, len(data), cut))).decode()


def gunzipped(text: str) -> bytes:
    """By the standard library, which refuses a wrong checksum or length."""
    return gzip.decompress(base64.b64decode(text, validate=True))


@pytest.mark.parametrize("data", [b"", b"<a/>", READINGS], ids=["nothing", "little", "much"])
def test_any_gzip_reads_what_we_write(data: bytes) -> None:
    assert gunzipped(text_of(data)) == data


def test_the_text_does_not_depend_on_how_the_bytes_are_cut() -> None:
    assert {text_of(READINGS, cut) for cut in (100, 4_097, 100_000, len(READINGS))} == {text_of(READINGS)}


def test_nothing_of_the_time_or_the_machine_is_in_it() -> None:
    header = base64.b64decode(text_of(READINGS))[:10]
    assert (header[4:8], header[9]) == (bytes(4), 255)


def test_it_is_a_small_part_of_what_went_in() -> None:
    assert len(text_of(READINGS)) < len(READINGS) / 4


def test_it_leaves_while_more_is_coming() -> None:
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(40):
            taken += 1
            yield READINGS

    stream = compressed(chunks())
    next(stream)
    assert taken == 1


@given(st.binary(max_size=2_000), st.integers(1, 700))
def test_what_is_compressed_is_inflated_again(data: bytes, cut: int) -> None:
    assert inflated(text_of(data, cut), Form.GZIP, 2_000) == data


def test_compressing_takes_the_memory_of_a_chunk() -> None:
    chunk = READINGS[:MEGABYTE]

    def peak(chunks: int) -> int:
        tracemalloc.start()
        try:
            for _ in compressed(bytes(chunk) for _ in range(chunks)):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)
    assert peak(64) < peak(4) + MEGABYTE / 4


@pytest.mark.parametrize(
    "written",
    [
        lambda data: base64.b64encode(gzip.compress(data)).decode(),
        lambda data: base64.encodebytes(gzip.compress(data, mtime=1_700_000_000)).decode(),
        lambda data: "\r\n    " + base64.encodebytes(gzip.compress(data)).decode().replace("\n", "\r\n\t") + "  ",
    ],
    ids=["in one line", "in lines of 76, with a time", "indented, by Windows"],
)
def test_texts_of_others_are_inflated(written: Callable[[bytes], str]) -> None:
    assert inflated(written(READINGS), Form.GZIP, len(READINGS)) == READINGS


def test_binary_is_base64_alone() -> None:
    assert inflated(base64.b64encode(READINGS).decode(), Form.BINARY, len(READINGS)) == READINGS


@pytest.mark.parametrize("form", [Form.GZIP, Form.BINARY])
def test_a_text_may_be_just_as_long_as_the_bound(form: Form) -> None:
    text = text_of(READINGS) if form is Form.GZIP else base64.b64encode(READINGS).decode()
    assert inflated(text, form, len(READINGS)) == READINGS
    with pytest.raises(TooLong):
        inflated(text, form, len(READINGS) - 1)


def test_a_bomb_costs_no_more_than_the_bound() -> None:
    bomb = b"".join(compressed(bytes(MEGABYTE) for _ in range(500))).decode()
    assert len(bomb) < 4 * MEGABYTE
    tracemalloc.start()
    try:
        with pytest.raises(TooLong):
            inflated(bomb, Form.GZIP, MEGABYTE)
        assert tracemalloc.get_traced_memory()[1] < 4 * MEGABYTE + 4 * len(bomb)
    finally:
        tracemalloc.stop()


WHOLE = gzip.compress(b"<EndDeviceControls/>")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("?", "Compressed is '?'; it must be gzip data as base64 text (character 1 has no place there)"),
        ("false", "Compressed is 'false'; it must be gzip data as base64 text (5 characters are no multiple of 4)"),
        ("true", "Compressed is 'true'; it must be gzip data as base64 text (incorrect header check)"),
        ("<EndDeviceControls/>", "(character 1 has no place there)"),
        ("H4sIä", "(character 5 has no place there)"),
        ("H4s=IAAA", "(more characters follow behind its end)"),
        (base64.b64encode(b"<EndDeviceControls/>").decode(), "incorrect header check"),
        (base64.b64encode(WHOLE[:-4]).decode(), "it ends too early"),
        (base64.b64encode(WHOLE[:-8] + bytes(8)).decode(), "incorrect data check"),
        (base64.b64encode(WHOLE + b"more").decode(), "more bytes follow behind its end"),
        (base64.b64encode(WHOLE + WHOLE).decode(), "more bytes follow behind its end"),
    ],
    ids=[
        "a question mark", "false", "true", "plain XML", "no ASCII", "padding inside", "base64 of XML", "cut off",
        "a wrong checksum", "something behind it", "two members",
    ],
)  # fmt: skip
def test_what_is_no_gzip_is_refused_with_the_reason(text: str, told: str) -> None:
    with pytest.raises(NotInflated) as caught:
        inflated(text, Form.GZIP, MEGABYTE)
    assert told in str(caught.value)


def test_a_long_wrong_text_is_not_repeated_whole() -> None:
    with pytest.raises(NotInflated) as caught:
        inflated("?" * 10_000, Form.GZIP, MEGABYTE)
    assert f"Compressed is '{'?' * 30}...';" in str(caught.value)


@given(st.text(max_size=100))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(NotInflated):
        inflated(text, Form.GZIP, MEGABYTE)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        (None, Form.GZIP),
        ("", Form.GZIP),
        ("XML", Form.GZIP),
        (" xml ", Form.GZIP),
        ("GZIP", Form.GZIP),
        ("BINARY", Form.BINARY),
    ],
)
def test_the_format_says_what_is_inside(name: str | None, form: Form) -> None:
    assert form_of(name) is form


@pytest.mark.parametrize("name", ["?", "false", "RDF", "JSON", "CSV"])
def test_a_format_that_is_not_served_is_named_beside_those_that_are(name: str) -> None:
    with pytest.raises(NotInflated) as caught:
        form_of(name)
    assert str(caught.value) == f"Format is '{name}'; served are XML, GZIP, BINARY"

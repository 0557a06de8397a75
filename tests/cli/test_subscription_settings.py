"""Subscriptions in the settings: the same model as in the control API, and mistakes told with their line."""

from pathlib import Path

import pytest

from headend.config import InvalidSettings, Settings, load_settings

URL = "http://mdm:8081/services/ReceiveEndDeviceEvents"


def settings(directory: Path, text: str) -> Settings:
    file = directory / "headend.yaml"
    file.write_text(f"port: 0\nsubscriptions:\n  - url: {URL}\n{text}")
    return load_settings(file, {})


def test_an_address_alone_is_told_of_all_events(tmp_path: Path) -> None:
    (one,) = settings(tmp_path, "").subscriptions
    assert (one.noun, one.wanted().as_json(), dict(one.http_headers())) == ("EndDeviceEvents", {}, {})


def test_what_is_wanted_is_read(tmp_path: Path) -> None:
    text = """\
    noun: MeterReadings
    meters: [M00000001]
    every: PT15M
    batch_size: 10
    credentials: {bearer: s3cret}
"""
    (one,) = settings(tmp_path, text).subscriptions
    assert one.wanted().as_json() == {"meters": ["M00000001"], "every": "PT15M", "batch_size": 10}
    assert one.http_headers() == {"Authorization": "Bearer s3cret"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("    soap_version: '1.2'\n", "SOAP '1.2' is not spoken here"),
        ("    every: P1D\n", "every is of MeterReadings"),
        ("    event_types: [3.26]\n", "line 2: subscriptions.0.event_types"),
        ("    credentials: {user: head, pasword: s3cret}\n", "subscriptions.0.credentials.pasword"),
        ("    credentials: {user: 'a:b', password: s3cret}\n", "HTTP Basic cannot carry"),
        ("    credentials: s3cret\n", "subscriptions.0.credentials"),
    ],
)
def test_a_mistake_is_told_where_it_stands_and_shows_no_secret(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InvalidSettings, match=sentence) as refused:
        settings(tmp_path, text)
    assert "s3cret" not in str(refused.value)


def test_secrets_do_not_show_where_settings_are_written_out(tmp_path: Path) -> None:
    found = settings(tmp_path, "    credentials: {user: head, password: s3cret}\n")
    assert "s3cret" not in repr(found) + found.model_dump_json()

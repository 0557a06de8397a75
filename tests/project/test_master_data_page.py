"""The example of the page on master data is answered as the page says."""

import re
from pathlib import Path

from headend.handlers.master_data import TOLD_NOUNS
from tests.support.in_process import InProcessHeadEnd
from tests.support.master_data import get, named, shown
from tests.support.master_data_requests import acting

PAGE = (Path(__file__).parents[2] / "docs" / "master-data.md").read_text("utf-8")
EXAMPLES = re.findall(r"`(\w+)\((\w+)\)`\n\n```xml\n<\w+ xmlns=\"([^\"]+)\">\n(.*?)</\w+>\n```", PAGE, re.DOTALL)
"""Verb, noun, namespace and objects of each payload, in their order."""


def test_every_payload_is_answered_with_ok(head_end: InProcessHeadEnd) -> None:
    assert len(EXAMPLES) == PAGE.count("```xml")
    for verb, noun, namespace, objects in EXAMPLES:
        assert namespace == f"http://iec.ch/TC57/2011/{noun}#"
        pattern = "Receive" if noun in TOLD_NOUNS else "Execute"
        reply = head_end.post(f"{pattern}{noun}", acting(verb, noun, objects))
        assert (reply.result, reply.codes) == ("OK", ["0.3"] if noun in TOLD_NOUNS else [])
    assert shown(get(head_end, "MeterConfig", named("Customer", "Anna")))["Meter"] == ["E4711"]
    assert shown(get(head_end, "TransactionRecord", named("Meter", "E4711"))) == {"Transaction": ["sale 1"]}

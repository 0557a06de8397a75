"""What a Request carries beside its Get profile: Options and IDs (61968-100:2013, Message.xsd)."""

from lxml import etree

from headend.messages.envelope import text
from headend.messages.references import children
from headend.operations.options import RequestOption


def read_request_options(request: etree._Element) -> tuple[RequestOption, ...]:
    """The Options, in order. One without a name is none."""
    return tuple(
        RequestOption(name, text(option, "value"))
        for option in children(request, "Option")
        if (name := text(option, "name")) is not None
    )


def read_request_ids(request: etree._Element) -> tuple[str, ...]:
    """The IDs, in order."""
    return tuple((element.text or "").strip() for element in children(request, "ID"))

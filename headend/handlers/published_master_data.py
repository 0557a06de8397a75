"""Master data in a queued message: what was created, changed, canceled, closed or deleted, as it was said."""

from typing import Any, cast

from lxml import etree

from headend.contract import ProfileContent
from headend.handlers.published_messages import PublishedPayload
from headend.messages.master_data import master_payload
from headend.store import OutboxMessage


def published_master_data(profile: ProfileContent) -> PublishedPayload:
    """The recipe has the documents themselves: they are told as they were then, whatever has become of them since."""

    def payload(message: OutboxMessage) -> etree._Element:
        objects = cast(list[dict[str, Any]], message.recipe)
        return master_payload(profile, [(one["type"], one["document"]) for one in objects])

    return payload

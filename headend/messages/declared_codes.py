"""Types of controls and events that a message spells out itself, beside the objects that refer to them by name."""

from lxml import etree

from headend.messages.envelope import text
from headend.messages.references import children


def declared_codes(root: etree._Element | None, local: str) -> dict[str, str]:
    """The four-part codes of the children `local`, such as EndDeviceControlType, by each of their names."""
    declared: dict[str, str] = {}
    for element in children(root, local):
        parts = [text(element, part) for part in ("type", "domain", "subDomain", "eventOrAction")]
        code = text(element, "mRID") or (".".join(map(str, parts)) if all(parts) else None)
        if code is not None:
            for name in children(element, "Names"):
                declared[text(name, "name") or ""] = code
    return declared

"""A message as people read it."""

from lxml import etree


def indented(message: bytes) -> str:
    """A message with its elements on lines of their own; as it is where it is no XML."""
    try:
        root = etree.fromstring(message, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError:
        return message.decode("utf-8", "replace")
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")

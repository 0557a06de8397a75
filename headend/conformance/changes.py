"""Altering an envelope that zeep made, so that it breaks one rule."""

from lxml import etree

from headend.conformance.conversation import Change


def text_of(name: str, value: str) -> Change:
    """Every element of this local name gets another text."""

    def change(envelope: etree._Element) -> None:
        for element in envelope.iter(f"{{*}}{name}"):
            element.text = value

    return change


def without(path: str) -> Change:
    """The elements at a path of local names, such as Header/Verb, are not sent."""

    def change(envelope: etree._Element) -> None:
        for element in envelope.findall(".//" + "/".join(f"{{*}}{name}" for name in path.split("/"))):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)

    return change


def renamed(name: str, other: str) -> Change:
    """Every element of this local name is called otherwise, in the same namespace."""

    def change(envelope: etree._Element) -> None:
        for element in list(envelope.iter(f"{{*}}{name}")):
            element.tag = f"{{{etree.QName(element).namespace}}}{other}"

    return change


def with_child(name: str, child: str, text: str = "") -> Change:
    """Every element of this local name gets one more child at its end; `child` may be `{namespace}name`."""

    def change(envelope: etree._Element) -> None:
        for element in list(envelope.iter(f"{{*}}{name}")):
            tag = child if child.startswith("{") else f"{{{etree.QName(element).namespace}}}{child}"
            etree.SubElement(element, tag).text = text

    return change

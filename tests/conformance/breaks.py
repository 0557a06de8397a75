"""Ways in which head ends are broken, each in one thing."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from tests.conformance.judged import Break, Message

Alter = Callable[[etree._Element], None]


def answers(alter: Alter, service: str = "") -> Break:
    """The envelope of every answer, or of those of one service, is altered."""

    def of_answer(request: Message, answer: Message) -> Message:
        if not request.body or not request.path.endswith(service) or not answer.body.startswith(b"<?xml"):
            return answer
        root = etree.fromstring(answer.body)
        alter(root)
        return replace(answer, body=etree.tostring(root, xml_declaration=True, encoding="UTF-8"))

    return Break(of_answer=of_answer)


def answered_bytes(old: bytes, new: bytes, service: str = "") -> Break:
    """Bytes of answers to messages are replaced."""

    def of_answer(request: Message, answer: Message) -> Message:
        is_meant = bool(request.body) and request.path.endswith(service)
        return replace(answer, body=answer.body.replace(old, new)) if is_meant else answer

    return Break(of_answer=of_answer)


def requests(old: bytes, new: bytes) -> Break:
    """The head end understands something else than what was said."""
    return Break(of_request=lambda request: replace(request, body=request.body.replace(old, new)))


def unheard(element: str) -> Break:
    """The head end does not see an element of requests."""
    pattern = re.compile(rf"<(\w+:)?{element}>.*?</(\w+:)?{element}>".encode(), re.DOTALL)
    return Break(of_request=lambda request: replace(request, body=pattern.sub(b"", request.body)))


def contract_files(pattern: str, new: str) -> Break:
    """The WSDLs and schemas that are served are altered, by a regular expression."""

    def of_answer(request: Message, answer: Message) -> Message:
        if request.body:
            return answer
        text = re.sub(pattern, new, answer.body.decode(), flags=re.DOTALL)
        return replace(answer, body=text.encode())

    return Break(of_answer=of_answer)


def acknowledged(operation: str) -> Break:
    """The operation is answered with OK, and nothing is done."""

    def instead(request: Message) -> Message | None:
        if operation.encode() not in request.body:
            return None
        body = next(etree.fromstring(request.body).iterfind("*/*"))
        name = etree.QName(body)
        noun = re.sub("^(Create|Change|Cancel|Close|Delete)", "", name.localname)
        envelope = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<{noun}ResponseMessage xmlns="{name.namespace}" xmlns:m="http://iec.ch/TC57/2011/schema/message"><Header>'
            f"<m:Verb>reply</m:Verb><m:Noun>{noun}</m:Noun>"
            f"<m:CorrelationID>{body.findtext('{*}Header/{*}MessageID')}</m:CorrelationID></Header>"
            f"<Reply><m:Result>OK</m:Result></Reply></{noun}ResponseMessage></s:Body></s:Envelope>"
        )
        return Message(request.path, envelope.encode(), headers=(("Content-Type", "text/xml; charset=utf-8"),))

    return Break(instead=instead)


def status(old: str, new: str) -> Break:
    """Answers of one HTTP status have another."""

    def of_answer(_request: Message, answer: Message) -> Message:
        return replace(answer, status=new) if answer.status.startswith(old) else answer

    return Break(of_answer=of_answer)


def header(name: str, value: str) -> Break:
    """A header of HTTP has another value."""

    def of_answer(request: Message, answer: Message) -> Message:
        others = tuple(one for one in answer.headers if one[0].lower() != name.lower())
        return replace(answer, headers=(*others, (name, value))) if request.body else answer

    return Break(of_answer=of_answer)


def missing_service(service: str) -> Break:
    """A service is not there."""

    def of_answer(request: Message, answer: Message) -> Message:
        return replace(answer, status="404 Not Found", body=b"") if request.path.endswith(service) else answer

    return Break(of_answer=of_answer)


def text(path: str, value: str) -> Alter:
    """Elements at the end of a path of local names get another text."""

    def alter(root: etree._Element) -> None:
        for element in _at(root, path):
            element.text = value

    return alter


def removed(path: str, which: slice = slice(None)) -> Alter:
    """Elements at the end of a path are not there; `which` of them."""

    def alter(root: etree._Element) -> None:
        for element in _at(root, path)[which]:
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)

    return alter


def doubled(path: str) -> Alter:
    """The last of the elements at a path is there twice."""

    def alter(root: etree._Element) -> None:
        for element in _at(root, path)[-1:]:
            element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))

    return alter


def reference(path: str, value: str) -> Alter:
    """Elements at a path refer to something else."""

    def alter(root: etree._Element) -> None:
        for element in _at(root, path):
            element.set("ref", value)

    return alter


def with_element(path: str, name: str) -> Alter:
    """Elements at a path have one more child, which no schema has."""

    def alter(root: etree._Element) -> None:
        for element in _at(root, path):
            etree.SubElement(element, f"{{{etree.QName(element).namespace}}}{name}")

    return alter


def only_if(path: str, count: int, alter: Alter) -> Alter:
    """Altered only where there are so many elements at a path."""

    def maybe(root: etree._Element) -> None:
        if len(_at(root, path)) == count:
            alter(root)

    return maybe


def all_of(*alters: Alter) -> Alter:
    """One after the other."""

    def alter(root: etree._Element) -> None:
        for one in alters:
            one(root)

    return alter


def register_goes_back(root: etree._Element) -> None:
    """The last register of several is lower than the one before."""
    values = _at(root, "Readings/value")
    if len(values) > 1:
        values[-1].text = "1"


def _at(root: etree._Element, path: str) -> list[etree._Element]:
    return root.findall(".//" + "/".join(f"{{*}}{name}" for name in path.split("/")))


def slowly(seconds: float, tell: Callable[[Message], None]) -> Break:
    """Every message takes so long; `tell` hears of each first."""

    def of_request(request: Message) -> Message:
        if request.body:
            tell(request)
            threading.Event().wait(seconds)
        return request

    return Break(of_request=of_request)

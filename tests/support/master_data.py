"""What a client does with master data, and what of the answers tests look at."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from lxml import etree

from tests.support.client import HeadEndClient
from tests.support.master_data_requests import acting, asking
from tests.support.reply import Reply
from tests.support.soap_requests import Fields


def names(*given: str, name_type: str | None = None, authority: str | None = None) -> str:
    """Names elements, all of one type."""
    its_authority = f"<NameTypeAuthority><name>{authority}</name></NameTypeAuthority>" if authority else ""
    its_type = f"<NameType><name>{name_type}</name>{its_authority}</NameType>" if name_type else ""
    return "".join(f"<Names><name>{escape(one)}</name>{its_type}</Names>" for one in given)


def named(element: str, *given: str) -> str:
    """An element that names an object, or objects, one each."""
    return "".join(f"<{element}>{names(one)}</{element}>" for one in given)


def execute(
    client: HeadEndClient, verb: str, noun: str, objects: str = "", *, request: str = "", fields: Fields | None = None
) -> Reply:
    """Asks for a change: verb create, change, cancel, close or delete."""
    return client.post(f"Execute{noun}", acting(verb, noun, objects, ids=request, fields=fields))


def done(client: HeadEndClient, verb: str, noun: str, objects: str) -> Reply:
    """The same, for changes that must succeed."""
    reply = execute(client, verb, noun, objects)
    assert (reply.result, reply.errors) == ("OK", ())
    return reply


def tell(client: HeadEndClient, verb: str, noun: str, objects: str, *, fields: Fields | None = None) -> Reply:
    """Tells of a change: verb created, changed, canceled, closed or deleted."""
    return client.post(f"Receive{noun}", acting(verb, noun, objects, fields=fields))


def get(client: HeadEndClient, noun: str, selectors: str = "", *, request: str = "") -> Reply:
    """Asks for objects; `request` is the text of elements of Request that stand before the profile."""
    return client.post(f"Get{noun}", asking(noun, selectors, request=request))


def told(client: HeadEndClient, noun: str, name: str) -> etree._Element:
    """The object of a noun's class that has this name, as it is told."""
    (found,) = get(client, noun, named(class_of(noun), name)).payload.iterfind(f"{{*}}{class_of(noun)}")
    return found


def class_of(noun: str) -> str:
    """The class that a noun is about."""
    return noun.removesuffix("Config").removesuffix("Record")


def shown(reply: Reply) -> dict[str, list[str]]:
    """First names (else mRIDs) of the objects in an answer, by class, sorted; without functions of the fleet's own."""
    found: dict[str, list[str]] = {}
    for one in reply.payload:
        object_type = etree.QName(one).localname
        if object_type not in ("ConnectDisconnectFunction", "SimpleEndDeviceFunction"):
            found.setdefault(object_type, []).append(_name(one))
    return {object_type: sorted(given) for object_type, given in found.items()}


def linked(element: etree._Element, child: str) -> list[str]:
    """First names of the objects that an element names under a child."""
    return [_name(one) for one in element.iterfind(f"{{*}}{child}")]


def _name(element: etree._Element) -> str:
    return element.findtext("{*}Names/{*}name") or element.findtext("{*}mRID") or ""


def texts(element: etree._Element, path: str) -> list[str]:
    """The texts at a path of local names, such as Organisation/phone1/areaCode."""
    return list(_texts(element, path))


def _texts(element: etree._Element, path: str) -> Iterator[str]:
    for one in element.iterfind("/".join(f"{{*}}{step}" for step in path.split("/"))):
        yield one.text or ""

"""Messages about master data, for any noun: the text of the objects is the test's own."""

from xml.sax.saxutils import escape

from tests.support.soap_requests import BASE, Fields, envelope, header


def acting(verb: str, noun: str, objects: str = "", *, ids: str = "", fields: Fields | None = None) -> bytes:
    """A message that wants something done, or tells that it was: `acting("create", "MeterConfig", "<Meter>...")`.

    ids: elements of Request. Without objects there is no Payload.
    """
    payload = f'<Payload><{noun} xmlns="{BASE}/{noun}#">{objects}</{noun}></Payload>' if objects else ""
    request = f"<Request>{ids}</Request>" if ids else ""
    name = f"{verb.capitalize()}{noun}"
    return envelope(f'<{name} xmlns="{BASE}/{noun}Message">{header(verb, noun, fields)}{request}{payload}</{name}>')


def asking(noun: str, selectors: str = "", *, request: str = "", fields: Fields | None = None) -> bytes:
    """A Get message with the elements of its request profile; `request` stands before that."""
    name = f"Get{noun}"
    return envelope(
        f'<{name} xmlns="{BASE}/{name}Message">{header("get", noun, fields)}<Request>{request}'
        f'<{name} xmlns="{BASE}/{name}#">{selectors}</{name}></Request></{name}>'
    )


def one(object_type: str, mrid: str = "", *names: str, inside: str = "") -> str:
    """An object by its mRID and names; `inside` stands between the two, where most profiles have everything else."""
    identity = f"<mRID>{escape(mrid)}</mRID>" if mrid else ""
    called = "".join(f"<Names><name>{escape(name)}</name></Names>" for name in names)
    return f"<{object_type}>{identity}{inside}{called}</{object_type}>"


def effective(instant: str) -> str:
    """The ConfigurationEvent of a MasterDataLinkageConfig."""
    return f"<ConfigurationEvent><effectiveDateTime>{instant}</effectiveDateTime></ConfigurationEvent>"

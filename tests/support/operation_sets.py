"""OperationSets as a client writes them, and the payloads of master data in them."""

from xml.sax.saxutils import escape

from tests.support.reply import Reply
from tests.support.soap_requests import BASE, MESSAGE, Fields, envelope, header


def operation(
    number: int | str,
    payload: str,
    verb: str | None = "create",
    *,
    noun: str | None = None,
    is_elements: bool | None = None,
) -> str:
    """One Operation; what is None is left out."""
    parts = [("operationId", number), ("noun", noun), ("verb", verb)]
    if is_elements is not None:
        parts.append(("elementOperation", str(is_elements).lower()))
    said = "".join(f"<m:{name}>{value}</m:{name}>" for name, value in parts if value is not None)
    return f"<m:Operation>{said}{payload}</m:Operation>"


def operation_set(
    *operations: str,
    in_sequence: bool | None = None,
    is_whole: bool | None = None,
    service_noun: str = "MeterConfig",
    is_event: bool = False,
    fields: Fields | None = None,
) -> bytes:
    """A message with a set: ExecuteMeterConfigOperationSet, or Executed... to tell that it was executed."""
    flags = (("enforceMsgSequence", in_sequence), ("enforceTransactionalIntegrity", is_whole))
    said = "".join(f"<m:{name}>{str(value).lower()}</m:{name}>" for name, value in flags if value is not None)
    verb = "executed" if is_event else "execute"
    element = f"{verb.capitalize()}{service_noun}OperationSet"
    return envelope(
        f'<{element} xmlns="{BASE}/{service_noun}OperationSetMessage" xmlns:m="{MESSAGE}">'
        f"{header(verb, 'OperationSet', fields)}"
        f"<Payload><OperationSet>{said}{''.join(operations)}</OperationSet></Payload></{element}>"
    )


def names(*given: str) -> str:
    """Names elements."""
    return "".join(f"<Names><name>{escape(one)}</name></Names>" for one in given)


def config(noun: str, *objects: str) -> str:
    """The root element of a noun."""
    return f'<{noun} xmlns="{BASE}/{noun}#">{"".join(objects)}</{noun}>'


def meters(*given: str, inside: str = "") -> str:
    """A MeterConfig of meters by their names; `inside` stands before the Names of each."""
    return config("MeterConfig", *(f"<Meter>{inside}{names(one)}</Meter>" for one in given))


def usage_points(*given: str, inside: str = "", after: str = "") -> str:
    """A UsagePointConfig of usage points by their names, between `inside` and `after`."""
    return config("UsagePointConfig", *(f"<UsagePoint>{inside}{names(one)}{after}</UsagePoint>" for one in given))


def service_locations(*given: str, inside: str = "") -> str:
    """A ServiceLocationConfig of service locations by their names."""
    return config(
        "ServiceLocationConfig", *(f"<ServiceLocation>{inside}{names(one)}</ServiceLocation>" for one in given)
    )


def at_location(location: str) -> str:
    """What of a UsagePoint says where it is; stands after its Names."""
    return f"<ServiceLocation>{names(location)}</ServiceLocation>"


def linkage(meter: str, *usage_points: str) -> str:
    """A MasterDataLinkageConfig of a meter and usage points."""
    points = "".join(f"<UsagePoint>{names(one)}</UsagePoint>" for one in usage_points)
    return config("MasterDataLinkageConfig", f"<Meter>{names(meter)}</Meter>", points)


def failures(reply: Reply) -> list[tuple[int | None, str]]:
    """operationId and code of each Error, but for the remark that a partial answer is complete."""
    return [(error.operation_id, error.code) for error in reply.errors if error.code != "0.2"]

"""Nodes of the network by mRID or name: substations, feeders, transformers, usage points, meters."""

import re
from dataclasses import dataclass
from typing import Final

from headend.operations.refusal import Refusal
from headend.operations.reply import ObjectId
from simulator.fleet import Fleet
from simulator.fleet.object_mrids import Kind
from simulator.fleet.topology import Level
from simulator.near_miss import did_you_mean
from simulator.outages import Node

CIM_CLASSES: Final = {
    Kind.SUBSTATION: "Substation",
    Kind.FEEDER: "Feeder",
    Kind.TRANSFORMER: "TransformerTank",
    Kind.USAGE_POINT: "UsagePoint",
    Kind.METER: "Meter",
}
_KINDS: Final = {cim_class: kind for kind, cim_class in CIM_CLASSES.items()}
_MOST_CANDIDATES: Final = 2_000
"""Of imported nodes so many are compared with a text that names none; comparing is slow."""
_SHORT_NAME: Final = re.compile(r"(S|F|T|UP|M)([0-9]{1,8})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NodeIdentity:
    """What a node is called."""

    mrid: str
    name: str
    cim_class: str


def node_identity(fleet: Fleet, node: Node) -> NodeIdentity:
    """What a node of the fleet is called."""
    cim_class = CIM_CLASSES[node.kind]
    if node.kind is Kind.METER:
        meter = fleet.meter(node.number)
        return NodeIdentity(meter.mrid, meter.name, cim_class)
    if node.kind is Kind.USAGE_POINT:
        point = fleet.usage_point(node.number)
        return NodeIdentity(point.mrid, point.name, cim_class)
    group = fleet.groups.at(node.kind, node.number)
    return NodeIdentity(group.mrid, group.name, cim_class)


def node_of_mrid(fleet: Fleet, cim_class: str, mrid: str) -> Node | None:
    """The node of a class with an mRID; None if this fleet has none."""
    kind = _KINDS.get(cim_class)
    if kind is Kind.METER:
        number = fleet.index_of_mrid(mrid)
    elif kind is Kind.USAGE_POINT:
        number = fleet.usage_point_of_mrid(mrid)
    else:
        group = fleet.groups.of_mrid(mrid)
        number = group.number if group is not None and group.kind is kind else None
    return None if kind is None or number is None else Node(kind, number)


def find_node(fleet: Fleet, text: str) -> Node:
    """The node with this mRID or name; the higher one where two share a name. Raises Refusal (2.15)."""
    group = fleet.group(text)
    if group is not None and group.kind is not Kind.TEMPLATE:
        return Node.of(group)
    for kind, by_mrid, by_name in (
        (Kind.USAGE_POINT, fleet.usage_point_of_mrid, fleet.usage_point_of_name),
        (Kind.METER, fleet.index_of_mrid, fleet.index_of_name),
    ):
        number = by_mrid(text)
        number = by_name(text) if number is None else number
        if number is not None:
            return Node(kind, number)
    itself = ObjectId(text, "other", "PowerSystemResource")
    if group is not None:
        raise Refusal.because(
            "2.15", f"{text!r} is a template: what fails is a node that feeds meters{_nodes_hint(fleet, text)}", itself
        )
    raise Refusal.because("2.15", f"{text!r} is no node of the network here{_nodes_hint(fleet, text)}", itself)


def _nodes_hint(fleet: Fleet, text: str) -> str:
    """What was probably meant, or which nodes there are."""
    short = _SHORT_NAME.fullmatch(text.strip())
    if short is not None:
        full = f"{short[1].upper()}{int(short[2]):08d}"
        if fleet.group(full) or fleet.usage_point_of_name(full) is not None or fleet.index_of_name(full) is not None:
            return f"; did you mean {full!r}?"
    own = [] if fleet.layout.imported is None else list(_own_names(fleet))
    near = did_you_mean(text, own[:_MOST_CANDIDATES]) if own else ""
    if near.startswith("; did you mean"):
        return near
    ranges = [
        f"{word} {fleet.groups.at(kind, 0).name} to {fleet.groups.at(kind, numbers[-1]).name}"
        for kind, word in (
            (Kind.SUBSTATION, "substations"),
            (Kind.FEEDER, "feeders"),
            (Kind.TRANSFORMER, "transformers"),
        )
        if (numbers := fleet.groups.all_of(kind))
    ]
    return f"; there are {', '.join([*ranges, 'usage points and meters'])}, by name or mRID"


def _own_names(fleet: Fleet) -> list[str]:
    imported = fleet.layout.imported
    return [] if imported is None else [name for level in Level for name in imported.node_names[level]]

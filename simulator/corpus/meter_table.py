"""The meters of a fleet as a table: who they are, where they are mounted, and what feeds them."""

from pathlib import Path

import numpy as np

from simulator.fleet import Fleet
from simulator.fleet.topology import Level
from simulator.tables import Column, FileFormat, Instants, Kind, Texts, WrittenFile, create_table

_AT_ONCE = 10_000

COLUMNS = (
    Column("meter", Kind.TEXT, "name, by which all other tables call the meter"),
    Column("mrid", Kind.TEXT, "mRID of the meter"),
    Column("usage_point", Kind.TEXT, "name of the usage point where it is mounted"),
    Column("usage_point_mrid", Kind.TEXT, "mRID of the usage point"),
    Column("class", Kind.TEXT, "class of the meter, such as residential"),
    Column("template", Kind.TEXT, "template of the fleet that it is of; empty for an imported meter"),
    Column("substation", Kind.TEXT, "that feeds it; empty where nothing electric does"),
    Column("feeder", Kind.TEXT, "that feeds it"),
    Column("transformer", Kind.TEXT, "that feeds it"),
    Column("installed", Kind.INSTANT, "when it was mounted with its registers at zero, UTC"),
)


def write_meters(fleet: Fleet, folder: Path, file_format: FileFormat) -> WrittenFile:
    """The table `meters`. Raises as create_table does."""
    with create_table(folder, "meters", COLUMNS, file_format) as table:
        for first in range(0, len(fleet), _AT_ONCE):
            meters = range(first, min(first + _AT_ONCE, len(fleet)))
            places = [{int(group.kind): group.name for group in fleet.groups.above(meter)} for meter in meters]
            templates = [fleet.template_at(meter) for meter in meters]
            table.write(
                Texts(fleet.names(meters)),
                Texts(fleet.mrids(meters)),
                Texts(fleet.usage_point_names(meters)),
                Texts(fleet.usage_point_mrids(meters)),
                Texts([fleet.classes[position].name.encode() for position in fleet.class_of(meters).tolist()]),
                Texts([b"" if one is None else one.name.encode() for one in templates]),
                *(Texts([place.get(int(level), "").encode() for place in places]) for level in Level),
                Instants(np.asarray(fleet.installed_of(meters), np.int64)),
            )
        return table.close()

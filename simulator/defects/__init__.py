"""Defects, named as validation rules name them: gap, spike, stuck ... (docs/defects.md).

How often they come by themselves is in `simulator.defect_rates`.
"""

from simulator.defect import Defect, InvalidDefect
from simulator.defects.chance import FieldDefects
from simulator.defects.defect_kind import DefectKind, Parameter
from simulator.defects.kinds import KINDS, a_defect, explain, kind_named
from simulator.defects.meter_defects import MeterDefects

__all__ = [
    "KINDS",
    "Defect",
    "DefectKind",
    "FieldDefects",
    "InvalidDefect",
    "MeterDefects",
    "Parameter",
    "a_defect",
    "explain",
    "kind_named",
]

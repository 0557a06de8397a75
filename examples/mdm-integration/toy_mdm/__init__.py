"""A toy MDM: it collects days of readings from a head end, and has three bugs that the kit finds."""

from toy_mdm.bugs import Bug
from toy_mdm.mdm import BillingDay, ToyMdm

__all__ = ["BillingDay", "Bug", "ToyMdm"]

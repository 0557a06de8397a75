"""A fleet of one meter for each magic name, beside ten that are as they should be."""

from pathlib import Path

from headend.operations.magic_names import MAGIC_NAMES

USUAL = "M00000001"


def magic_fleet(directory: Path) -> Path:
    """The fleet file; the meters are called by the word and -1, such as LATE-1."""
    rows = [f"urn:magic:{number},{word}-1,residential,Place {number}" for number, word in enumerate(MAGIC_NAMES)]
    (directory / "magic.csv").write_text("\n".join(["mrid,name,class,usage_point", *rows]) + "\n")
    fleet = directory / "magic.yaml"
    fleet.write_text("meters_csv: magic.csv\ntemplates:\n  - name: usual\n    count: 10\n")
    return fleet

"""The manifest of a folder of data: what it is of, what lies in it, and how it is read."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from simulator.fleet import Fleet
from simulator.fleet.fleet_template import MeterTemplate
from simulator.tables import Column, WrittenFile
from simulator.utc_text import utc_text

MANIFEST: Final = "manifest.json"


class FolderNotEmpty(ValueError):
    """Data should go to a folder that holds something already; the message says what."""


def empty_folder(folder: Path) -> None:
    """Make a folder, or take an empty one. Raises FolderNotEmpty, OSError."""
    if folder.is_dir():
        found = min((one.name for one in folder.iterdir()), default=None)
        if found is not None:
            raise FolderNotEmpty(f"{folder} is not empty: it holds {found}; name a new folder, or empty this one")
    elif folder.exists():
        raise FolderNotEmpty(f"{folder} is a file; a folder is needed")
    folder.mkdir(parents=True, exist_ok=True)


def fleet_json(fleet: Fleet) -> dict[str, Any]:
    """What determines the meters of a fleet."""
    spec = fleet.spec
    return {
        "meters": spec.meters,
        "seed": spec.seed,
        "zone": spec.zone,
        "installed": spec.installed.isoformat(),
        "country": spec.country,
        "templates": [_template_json(one) for one in spec.templates],
        "imported_meters": 0 if spec.imported is None else len(spec.imported),
    }


def _template_json(template: MeterTemplate) -> dict[str, Any]:
    return {
        "name": template.name,
        "count": template.count,
        "shares": {name: share / 100 for name, share in template.shares},
    }


def window_json(start: int, end: int, now: int) -> dict[str, str]:
    """The period of the data, (start, end], and when the head end was asked; epoch seconds."""
    return {"start": utc_text(start), "end": utc_text(end), "as_of": utc_text(now)}


def columns_json(tables: Mapping[str, Iterable[Column]]) -> dict[str, dict[str, str]]:
    """What the columns of each table mean."""
    return {name: {column.name: column.meaning for column in columns} for name, columns in tables.items()}


def files_json(files: Iterable[WrittenFile]) -> list[dict[str, Any]]:
    """Every file with its size and hash."""
    return [{"path": one.path, "rows": one.rows, "bytes": one.size_bytes, "sha256": one.sha256} for one in files]


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """The file `manifest.json`, last of all: where it is, everything else is whole."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_bytes(text.encode())

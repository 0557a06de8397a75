"""The pytest plugin where an installation from before there was one does not tell of it yet."""

import tomllib
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).parents[2]
GROUP, NAME = "pytest11", "headend"


def plugin_is_installed() -> bool:
    """Whether pytest finds the plugin by itself."""
    return bool(entry_points(group=GROUP, name=NAME))


def installed_plugin(directory: Path) -> Path:
    """Lets a directory tell of the plugin as an installation does, by the words of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = directory / "headend_told-0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: headend-told\nVersion: 0\n")
    (told / "entry_points.txt").write_text(f"[{GROUP}]\n{NAME} = {project['entry-points'][GROUP][NAME]}\n")
    return directory

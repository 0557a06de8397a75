"""Writes every WSDL and XSD of the contract from the tables beside them.

    python -m headend.contract.generate [--check] [DIRECTORY]

DIRECTORY holds `tables/` and receives `*.wsdl` and `xsd/*.xsd`. A noun takes part as soon as its profile
table is there, with the patterns that the nouns table gives it; Get needs the request profile too. Files that
no table asks for any more are removed. `--check` writes nothing, names what is stale and exits with 1.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .files import shipped_directory
from .schema_files import envelope_schema, profile_schema, wrapper_schema
from .service_files import PATTERNS, service_definitions
from .tables import Tables
from .xml_layout import laid_out


def contract_files(tables: Tables) -> dict[str, bytes]:
    """Every file of the contract by its path below the contract's directory."""
    trees = {"xsd/Message.xsd": envelope_schema(tables)}
    for noun in tables.nouns:
        if noun.name not in tables.profiles:
            continue
        patterns = [pattern for pattern in PATTERNS if pattern.needs in noun.patterns]
        if f"Get{noun.name}" not in tables.profiles:
            patterns = [pattern for pattern in patterns if pattern.name != "Get"]
        trees[f"xsd/{noun.name}.xsd"] = profile_schema(tables, noun, get=False)
        if any(pattern.wrapper == "get" for pattern in patterns):
            trees[f"xsd/Get{noun.name}.xsd"] = profile_schema(tables, noun, get=True)
        for pattern in patterns:
            trees[f"xsd/{pattern.subject(noun)}Message.xsd"] = wrapper_schema(tables, noun, pattern.wrapper)
            trees[f"{pattern.service(noun)}.wsdl"] = service_definitions(pattern, noun)
    return {name: laid_out(tree) for name, tree in trees.items()}


def stale_files(directory: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """Names of files that are missing, differ from what the tables say, or are asked for by no table."""
    present = {path.relative_to(directory).as_posix(): path for path in _present(directory)}
    return sorted(
        name
        for name in present.keys() | wanted.keys()
        if name not in present or name not in wanted or present[name].read_bytes() != wanted[name]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m headend.contract.generate", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is stale")
    parser.add_argument("directory", nargs="?", type=Path, default=shipped_directory())
    options = parser.parse_args(arguments)
    directory: Path = options.directory
    wanted = contract_files(Tables.load(directory / "tables"))
    stale = stale_files(directory, wanted)
    if options.check:
        for name in stale:
            print(f"{name} is stale: run python -m headend.contract.generate", file=sys.stderr)
        return 1 if stale else 0
    (directory / "xsd").mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (directory / name).write_bytes(wanted[name])
        else:
            (directory / name).unlink()
        print(f"{'wrote' if name in wanted else 'removed'} {name}")
    return 0


def _present(directory: Path) -> list[Path]:
    return [*directory.glob("*.wsdl"), *directory.glob("xsd/*.xsd")]


if __name__ == "__main__":
    sys.exit(main())

"""Writes docs/conformance.md from the running code.

    python -m headend.conformance_page [--check] [PAGE]

To be run in a checkout. `--check` writes nothing, and exits with 1 where the page is stale.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from headend.conformance_page import Coverage, conformance_page

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m headend.conformance_page", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is stale")
    parser.add_argument("page", nargs="?", type=Path, default=ROOT / "docs" / "conformance.md")
    options = parser.parse_args(arguments)
    page: Path = options.page
    wanted = conformance_page(Coverage.of_running_code(ROOT / "wsdl" / "tables"))
    if not options.check:
        page.write_text(wanted, "utf-8")
        return 0
    if page.is_file() and page.read_text("utf-8") == wanted:
        return 0
    print(f"{page} is stale: run python -m headend.conformance_page", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""Writes docs/lint.md from the rules.

    python -m headend.lint [--check] [PAGE]

To be run in a checkout. `--check` writes nothing, and exits with 1 where the page is stale.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from headend.lint.page import rules_page

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m headend.lint", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is stale")
    parser.add_argument("page", nargs="?", type=Path, default=ROOT / "docs" / "lint.md")
    options = parser.parse_args(arguments)
    page: Path = options.page
    wanted = rules_page()
    if not options.check:
        page.write_text(wanted, "utf-8")
        return 0
    if page.is_file() and page.read_text("utf-8") == wanted:
        return 0
    print(f"{page} is stale: run python -m headend.lint", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

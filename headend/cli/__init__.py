"""The command `headend`. Data on stdout, logs on stderr, `--json` on everything that reads.

Exit codes: 0 all well, 1 a check failed, 2 usage or bad file, 3 could not start or reach the target.
"""

from headend.cli.app import main

__all__ = ["main"]

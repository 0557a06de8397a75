"""`python -m headend` is the command `headend`."""

from headend.cli import main

main()

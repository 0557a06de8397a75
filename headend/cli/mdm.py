"""`headend mdm`: the fake MDM, until it is stopped."""

import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from headend.cli.exit_codes import ExitCode
from headend.cli.stopping import stop

if TYPE_CHECKING:
    from headend.mdm import Answer


def mdm(
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535)] = 8081,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    answer: Annotated[
        str, typer.Option(help="To every message that keeps the contract: ok|failed|fault|slow:2s|drop|http:503.")
    ] = "ok",
    show_xml: Annotated[bool, typer.Option("--show-xml", help="Print the messages, too.")] = False,
) -> None:
    """Run a fake MDM until stopped: it receives what head ends send, checks it, and shows it.

    It serves the Receive and Reply services of every noun. The first line on stdout is its base URL; each message is a
    line on stderr. What was received is a page at `/` and JSON at `/received`.

    Exit codes: 0 stopped; 2 bad usage; 3 the port cannot be listened on.
    """
    from headend.mdm import FakeMdm, Received
    from headend.mdm.words import in_words
    from headend.messages.indented import indented

    told = answer_of(answer)
    one_at_a_time = threading.Lock()

    def tell(received: Received) -> None:
        xml = f"\n{indented(received.body)}" if show_xml else ""
        with one_at_a_time:
            print(f"{received.number}. {in_words(received)}{xml}", file=sys.stderr, flush=True)

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    fake = FakeMdm(host=host, port=port, answer=told, on_received=tell)
    try:
        fake.start()
    except OSError as error:
        stop("mdm", f"cannot listen on {host}:{port}: {error.strerror or error}", ExitCode.UNREACHABLE)
    try:
        print(fake.base_url, flush=True)
        stopped.wait()
    finally:
        fake.close()


def answer_of(said: str) -> "Answer":
    """The answer that an option names. Ends the command for anything else."""
    from headend.mdm.answer_words import answer_in_words

    try:
        return answer_in_words(said)
    except ValueError as error:
        stop("mdm", f"--answer: {error}", ExitCode.BAD_USAGE)

"""README is run: every command and every snippet, in order, in one empty directory, as its reader would.

Shell blocks are run line by line (a `\\` joins lines); `headend serve` goes on in the background, and what starts
with `make` is looked up in the Makefile. Python blocks are run as scripts, and by pytest where they are tests. A block
marked `text` is what the block before it prints.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.installed_plugin import installed_plugin, plugin_is_installed

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT_IN_README = "8080"


class Reader:
    """Somebody who reads README with a terminal at hand."""

    def __init__(self, directory: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = str(free.getsockname()[1])
        self._directory = directory
        self._environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HEADEND_PORT": self._port,
            "HEADEND_URL": f"http://127.0.0.1:{self._port}",
            "COLUMNS": "110",
        }
        if not plugin_is_installed():
            paths = [str(installed_plugin(directory)), os.environ.get("PYTHONPATH")]
            self._environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        self._servers: list[subprocess.Popen[str]] = []

    def follow(self, language: str, block: str) -> str:
        """Do what a block says; what it printed on stdout."""
        block = block.replace(f"127.0.0.1:{PORT_IN_README}", f"127.0.0.1:{self._port}")
        if language == "python" and "def test_" in block:
            file = self._directory / "test_of_readme.py"
            file.write_text(block, "utf-8")
            return self._run(
                [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", str(file)]
            )
        if language == "python":
            return self._run([sys.executable, "-c", block])
        commands = block.replace("\\\n", " ").splitlines()
        return "".join(self._type(command.split("  #")[0].strip()) for command in commands if command.strip())

    def _type(self, command: str) -> str:
        words = shlex.split(command)
        if words[0] == "make":
            return self._run(["make", "--dry-run", "--directory", str(ROOT), *words[1:]])
        if words[:2] == ["headend", "serve"]:
            return self._start(words)
        return self._run(["bash", "-c", command])

    def _run(self, words: list[str]) -> str:
        done = subprocess.run(
            words, cwd=self._directory, env=self._environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def _start(self, words: list[str]) -> str:
        self.stop_servers()  # one at a time has the port
        server = subprocess.Popen(words, cwd=self._directory, env=self._environment, stdout=subprocess.PIPE, text=True)
        self._servers.append(server)
        assert server.stdout is not None
        return server.stdout.readline().replace(self._port, PORT_IN_README)

    def stop_servers(self) -> None:
        for server in self._servers:
            server.terminate()
            server.wait(timeout=20)
        self._servers.clear()


@contextmanager
def reader(directory: Path) -> Iterator[Reader]:
    person = Reader(directory)
    try:
        yield person
    finally:
        person.stop_servers()


def test_what_readme_says_is_what_happens(tmp_path: Path) -> None:
    printed = ""
    with reader(tmp_path) as person:
        for language, block in BLOCK.findall((ROOT / "README.md").read_text("utf-8")):
            if language == "text":
                said = {line.strip() for line in printed.splitlines()}
                assert [line for line in block.strip().splitlines() if line.strip() not in said] == [], printed
            elif language in ("sh", "python"):
                printed = person.follow(language, block)


def test_readme_opens_with_the_two_commands() -> None:
    language, block = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))[0]
    assert language == "sh"
    assert [line.split("  #")[0].strip() for line in block.splitlines()] == ["make run", "make test"]

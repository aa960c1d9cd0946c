"""The documents tell the truth: commands are run, outputs compared, tables made from the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dcip_server.commands import cli
from dcip_server.protocol.rules import RULES
from docs import tables
from tests.postgresql import free_port

TOP = Path(__file__).resolve().parents[1]
COMMANDS = cli.list_commands(click.Context(cli))
README = (TOP / "README.rst").read_text(encoding="utf-8")


@pytest.mark.parametrize(("file", "name", "table"), tables.TABLES, ids=[name for _, name, _ in tables.TABLES])
def test_a_table_in_the_documents_is_what_the_code_says(file: str, name: str, table: str) -> None:
    text = (TOP / file).read_text(encoding="utf-8")
    assert table in text, f"run: python docs/tables.py ({file}, {name})"
    assert tables.with_table(text, name, table) == text


def test_the_conformance_table_has_every_rule_once() -> None:
    assert re.findall(r"^   \* - ``(DCIP-[A-Z]+-\d+)``$", README, re.MULTILINE) == [rule.id for rule in RULES]


def test_every_command_is_explained() -> None:
    explained = set(re.findall(r"^``([a-z]+)[^`]*``$", README, re.MULTILINE))
    assert explained == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_help_begins_with_a_sentence(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    help = command.help or ""
    assert re.match(r"[A-Z][^.]*\.", help), help


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_misspelled_is_named(name: str) -> None:
    misspelled = name + name[-1]
    ran = subprocess.run([sys.executable, "-m", "dcip_server", misspelled], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert f"No such command '{misspelled}'" in ran.stderr
    assert f"'{name}'" in ran.stderr.splitlines()[-1]


def _tour() -> Iterator[tuple[str, str]]:
    """The commands of the tour, each with the output that is shown for it."""
    tour = README.split("\nA tour\n")[1].split("\nCommands\n")[0]
    command: list[str] = []
    shown: list[str] = []
    for line in re.findall(r"^    (.*)$|^$", tour, re.MULTILINE):
        if line.startswith("$ "):
            if command:
                yield "\n".join(command), "\n".join(shown).strip("\n")
            command, shown = [line[2:]], []
        elif line.startswith("> ") and not shown:
            command.append(line[2:])
        else:
            shown.append(line)
    yield "\n".join(command), "\n".join(shown).strip("\n")


def _comparable(text: str) -> str:
    """The text without what differs from one run to the next."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r'"sha256":"[0-9a-f]{64}"', '"sha256":"DIGEST"', text)
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def test_the_tours_commands_give_the_output_that_is_shown(tmp_path: Path) -> None:
    port = str(free_port())
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
    # "show" names the port that "serve" has by default; the tour's server has another one here.
    environment["DCIP_SITE_URL"] = f"http://127.0.0.1:{port}"
    steps = list(_tour())
    assert len(steps) == 11
    server: subprocess.Popen[bytes] | None = None
    try:
        for command, shown in steps:
            command = command.replace("8000", port)
            if command.endswith(" &"):
                server = _serve(command.removesuffix(" &"), environment, tmp_path, port)
                got = (tmp_path / "serve.log").read_text().split("\n")[0]
            else:
                done = subprocess.run(
                    command, shell=True, cwd=tmp_path, env=environment, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True, timeout=60,
                )  # fmt: skip
                got = done.stdout
            assert _comparable(got) == _comparable(shown.replace("8000", port)), command
    finally:
        if server is not None:
            server.terminate()
            server.wait(10)


def _serve(command: str, environment: dict[str, str], folder: Path, port: str) -> subprocess.Popen[bytes]:
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(command.split(), cwd=folder, env=environment, stderr=log)
    wait = f"for i in $(seq 100); do curl -fs http://127.0.0.1:{port}/rest/help.txt >/dev/null && exit 0; sleep 0.1; done; exit 1"
    subprocess.run(wait, shell=True, check=True)
    return server

"""The console script: one small module a command, each calling one library function.

Results go to stdout, messages to stderr. Exit status: 0 all done, 1 something was rejected or
failed, 2 wrong usage or a wrong setting, 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module

import click

from dcip_server import __version__
from dcip_server import settings as settings_table
from dcip_server.commands.output import say
from dcip_server.errors import DcipError, UsageError
from dcip_server.processes import LOG_FORMAT

_COMMANDS = (
    "apikey", "audit", "check", "db", "delete", "directory", "export", "import", "opendata", "sample", "serve", "settings",
    "show", "stats", "validate",
)  # fmt: skip
#: Module and function of a command are called as it is, but where Python, or this module, has the name for something else.
_OTHERWISE = {"import": "import_", "settings": "settings_"}


class _Commands(click.Group):
    """The commands, each imported when it is wanted: all of them together take half a second."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            # By this click tells which are spelled alike.
            self.commands = {name: _imported(name) for name in _COMMANDS}
            return None
        return _imported(cmd_name)


def _imported(name: str) -> click.Command:
    own = _OTHERWISE.get(name, name)
    command: click.Command = getattr(import_module(f"{__name__}.{own}"), own)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--database", metavar="URL", help="Where the catalog is; wins over DCIP_DATABASE_URL.")
@click.version_option(__version__, prog_name="dcip-server")
@click.pass_context
def cli(context: click.Context, database: str | None) -> None:
    """A read-only open-data catalog server for the Data Catalog Interoperability Protocol (DCIP)."""
    if context.resilient_parsing:
        return
    context.obj = settings_table.load(database_url=database)
    # What the server's workers read; they are processes of their own.
    os.environ["DCIP_DATABASE_URL"] = context.obj.database_url


def main() -> None:
    """Run the console script."""
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    try:
        # Not click's own main(): it writes an empty line when it is interrupted.
        with cli.make_context("dcip-server", sys.argv[1:]) as context:
            status = cli.invoke(context)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UsageError as error:
        say(f"dcip-server: {error}")
        sys.exit(2)
    except DcipError as error:
        say(f"dcip-server: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("interrupted; the catalog is as it was")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)

"""``dcip-server serve``"""

from __future__ import annotations

import os
from functools import partial

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from dcip_server.app import create_app
from dcip_server.commands.output import say
from dcip_server.commands.workers import BRIEF_THREADS, can_spawn, spawn
from dcip_server.errors import CatalogError
from dcip_server.harvest.fetch import check_can_listen
from dcip_server.settings import Settings

#: What worker processes serve.
APPLICATION = "dcip_server.wsgi:app"
#: Requests a worker has under way at once. A slow reader of a long list holds one thread, which
#: costs a stack and one chunk of the list.
_REQUESTS_PER_WORKER = 128
#: How long answers under way may take to end when the server is told to stop.
_STOP_WITHIN_S = 5


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen at.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Worker processes.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, workers: int) -> int:
    """Serve the catalog over HTTP until interrupted; logs go to stderr."""
    # Say here, once, what each worker would otherwise say in a traceback.
    create_app(settings).extensions["dcip_store"].close()
    try:
        check_can_listen(host, port)
    except OSError as error:
        raise CatalogError(f"cannot listen at {host} port {port}: {error.strerror or error}") from None
    where = settings.site_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(f"serving {where}/ with the DCIP endpoint {where}{settings.endpoint_path}")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    # A database elsewhere is waited for by every read; and requests with bodies are answered by granian's own threads,
    # of which there must be many where publishers write.
    two_kinds = settings.database_url.startswith("sqlite") and settings.portal_api != "on" and can_spawn()
    server = Granian(
        target=APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        backlog=1024,
        backpressure=_REQUESTS_PER_WORKER,
        blocking_threads=BRIEF_THREADS if two_kinds else _REQUESTS_PER_WORKER,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(),
        workers_kill_timeout=_STOP_WITHIN_S,
        respawn_failed_workers=True,
        # Its warnings are about our own choice of threads, its notes about what WSGI does not have.
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
    )
    server.serve(spawn_target=partial(spawn, _REQUESTS_PER_WORKER, two_kinds) if can_spawn() else None)
    return 0


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "line"}},
    "loggers": {
        "_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "granian.access": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "dcip_server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}

"""``python -m tests.plain_server serve …``: dcip-server without its fast ways; Flask makes every answer anew."""

from __future__ import annotations

from importlib import import_module

from dcip_server import commands, settings
from dcip_server.app import create_app

if __name__ == "__main__":
    # Not "from … import serve": that is the command, which has its module's name.
    import_module("dcip_server.commands.serve").APPLICATION = "tests.plain_server:app"  # type: ignore[attr-defined]
    commands.main()
else:
    app = create_app(settings.load(), fast_paths=False)

"""``python -m tests.plain_server serve …``: dcip-server without its fast ways; Flask makes every answer anew."""

from __future__ import annotations

import sys

from dcip_server import commands, settings
from dcip_server.app import create_app

if __name__ == "__main__":
    sys.modules["dcip_server.commands.serve"].APPLICATION = "tests.plain_server:app"  # type: ignore[attr-defined]
    commands.main()
else:
    app = create_app(settings.load(), fast_paths=False)

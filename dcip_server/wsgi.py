"""The WSGI application for any server: ``dcip_server.wsgi:app``, settings from the environment."""

from dcip_server import settings
from dcip_server.app import create_app

app = create_app(settings.load())

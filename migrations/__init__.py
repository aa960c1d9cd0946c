"""Alembic migrations, run by ``dcip-server db upgrade`` and by every command that writes."""

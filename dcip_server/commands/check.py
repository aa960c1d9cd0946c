"""``dcip-server check``"""

import click


@click.command()
@click.argument("url")
def check(url: str) -> None:
    """Not written yet."""

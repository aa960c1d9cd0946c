"""``python -m dcip_server`` is the console script."""

from dcip_server.commands import main

if __name__ == "__main__":
    main()

"""What ckanext-dcat needs of CKAN to read RDF, so that its own code runs here without a CKAN.

Only its harvester's parser is used; whatever it takes from CKAN besides is a name that it imports.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _License:
    def __init__(self, id: str, title: str, url: str) -> None:
        self.id, self.title, self.url = id, title, url


class _LicenseRegister:
    """Some of the licences that CKAN comes with."""

    def items(self) -> list[tuple[str, _License]]:
        known = (
            _License("cc-by", "Creative Commons Attribution", "http://www.opendefinition.org/licenses/cc-by"),
            _License("cc-zero", "CC0", "http://creativecommons.org/publicdomain/zero/1.0/"),
        )
        return [(license.id, license) for license in known]


class _NotAuthorisedError(Exception):
    pass


def _get_action(name: str) -> Any:
    # The extension takes this for a CKAN without ckanext-scheming.
    raise KeyError(name)


def _asbool(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "on", "1")


def _modules() -> dict[str, ModuleType]:
    toolkit: dict[str, Any] = {
        "config": {"ckan.locale_default": "en"}, "asbool": _asbool, "aslist": str.split, "get_action": _get_action,
        "url_for": lambda *_, **__: "", "_": lambda text: text, "h": None, "missing": object(),
        "ObjectNotFound": _NotAuthorisedError, "StopOnError": _NotAuthorisedError, "Invalid": _NotAuthorisedError,
    }  # fmt: skip
    contents: dict[str, dict[str, Any]] = {
        "ckan": {},
        "ckan.plugins": {},
        "ckan.plugins.toolkit": toolkit,
        "ckan.plugins.interfaces": {"Interface": object},
        "ckan.exceptions": {"HelperError": _NotAuthorisedError},
        "ckan.model": {},
        "ckan.model.license": {"LicenseRegister": _LicenseRegister},
        "ckan.lib": {},
        "ckan.lib.munge": {"munge_tag": lambda tag: tag},
        # CKAN's own list of formats, by which it gives mimetypes their names.
        "ckan.lib.helpers": {
            "resource_formats": lambda: {"text/csv": ["text/csv", "CSV", "Comma Separated Values File"]}
        },
        "ckan.views": {},
        "ckan.views.home": {"index": None},
        "ckan.views.dataset": {"read": None},
    }
    modules = {}
    for name, members in contents.items():
        modules[name] = module = ModuleType(name)
        module.__dict__.update(members, __path__=[])
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    return modules


@contextmanager
def standing_in() -> Iterator[None]:
    """While it lasts, ``ckanext.dcat`` can be imported; nothing of it is left behind."""
    before, finders = dict(sys.modules), list(sys.meta_path)
    sys.modules.update(_modules())
    try:
        yield
    finally:
        for name in sys.modules.keys() - before.keys():
            if name.partition(".")[0] in ("ckan", "ckanext", "ckantoolkit"):
                del sys.modules[name]
        sys.meta_path[:] = finders

"""What ckanext-harvest and ckanext-dcat need of CKAN to harvest, so that their own code runs here without a CKAN.

Whatever they take from CKAN besides is a name that they import.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from tests.clients import ckan_database


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


class ObjectNotFoundError(Exception):
    """What an action raises that looks for something."""


class _ValidationError(Exception):
    pass


def _get_action(name: str) -> Any:
    # The extension takes this for a CKAN without ckanext-scheming.
    raise KeyError(name)


class _Plugin:
    pass


class _PackagePlugin:
    def create_package_schema(self) -> dict[str, Any]:
        return {}

    update_package_schema = create_package_schema


def _munge_title_to_name(title: str) -> str:
    return re.sub("[^a-z0-9_-]+", "-", title.lower()).strip("-")[:90] or "_"


def _asbool(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "on", "1")


def _modules(get_action: Callable[[str], Any]) -> dict[str, ModuleType]:
    toolkit: dict[str, Any] = {
        "config": {"ckan.locale_default": "en"}, "asbool": _asbool, "asint": int, "aslist": lambda text: (text or "").split(),
        "get_action": get_action, "url_for": lambda *_, **__: "", "_": lambda text: text, "h": None, "missing": object(),
        "ObjectNotFound": ObjectNotFoundError, "StopOnError": _ValidationError, "Invalid": _ValidationError,
        "ValidationError": _ValidationError, "check_ckan_version": lambda **_: True, "requires_ckan_version": lambda **_: None,
    }  # fmt: skip
    plugins: dict[str, Any] = {"SingletonPlugin": _Plugin, "implements": lambda *_, **__: None}
    harvest_model = {name: getattr(ckan_database, name) for name in dir(ckan_database) if name.startswith("Harvest")}
    contents: dict[str, dict[str, Any]] = {
        "ckan": {},
        "ckan.plugins": {"PluginImplementations": lambda _: (), **plugins, "IConfigurer": None},
        "ckan.plugins.core": plugins,
        "ckan.plugins.toolkit": toolkit,
        "ckan.plugins.interfaces": {"Interface": object},
        "ckan.exceptions": {"HelperError": _ValidationError},
        "ckan.model": {
            "Session": ckan_database.Session,
            "Package": ckan_database.Package,
            "PackageExtra": ckan_database.PackageExtra,
            "PACKAGE_NAME_MAX_LENGTH": 100,
        },
        "ckan.model.license": {"LicenseRegister": _LicenseRegister},
        "ckan.lib": {},
        "ckan.lib.munge": {"munge_tag": lambda tag: tag, "munge_title_to_name": _munge_title_to_name},
        "ckan.lib.navl": {},
        "ckan.lib.navl.validators": {"ignore_missing": None, "ignore": None},
        "ckan.lib.plugins": {"lookup_package_plugin": lambda _: _PackagePlugin()},
        "ckan.logic": {"ValidationError": _ValidationError, "NotFound": ObjectNotFoundError, "get_action": get_action},
        "ckan.logic.schema": {"default_create_package_schema": dict},
        # The tables and the form of a harvest: those of ckanext-harvest want the whole of CKAN.
        "ckanext.harvest.model": harvest_model,
        "ckanext.harvest.logic": {},
        "ckanext.harvest.logic.schema": {"unicode_safe": None},
        # CKAN's own list of formats, by which it gives mimetypes their names.
        "ckan.lib.helpers": {
            "resource_formats": lambda: {"text/csv": ["text/csv", "CSV", "Comma Separated Values File"]},
            "json": json,
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
        if parent in modules:
            setattr(modules[parent], child, module)
    return modules


@contextmanager
def standing_in(get_action: Callable[[str], Any] = _get_action) -> Iterator[None]:
    """While it lasts, ``ckanext.dcat`` and ``ckanext.harvest`` can be imported; nothing of them is left behind."""
    before, finders = dict(sys.modules), list(sys.meta_path)
    sys.modules.update(_modules(get_action))
    try:
        yield
    finally:
        for name in sys.modules.keys() - before.keys():
            if name.partition(".")[0] in ("ckan", "ckanext", "ckantoolkit"):
                del sys.modules[name]
        sys.meta_path[:] = finders

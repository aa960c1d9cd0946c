"""A CKAN that harvests: the harvesters' own code, with the actions and tables that it uses of CKAN."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.clients.ckan_database import (
    HarvestGatherError,
    HarvestJob,
    HarvestObject,
    HarvestObjectError,
    HarvestSource,
    Package,
    PackageExtra,
    Session,
    begin,
)
from tests.clients.ckan_stand_in import ObjectNotFoundError, standing_in


@dataclass
class Harvested:
    """What one job did, and what went wrong."""

    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


class Ckan:
    """Harvests one source, job after job; its packages by the title of each."""

    def __init__(self, harvester: Callable[[], Any], url: str, **config: Any) -> None:
        begin()
        self._new_harvester = harvester
        source = HarvestSource(url=url, config=json.dumps(config) if config else None)
        source.save()
        # A source is a package, too.
        Package(id=source.id, name="source", url=url, state="source").save()
        self._source = source
        self._done = Harvested()
        self.organizations: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}

    def run(self) -> Harvested:
        """One job from beginning to end."""
        self._done = done = Harvested()
        harvester = self._new_harvester()
        job = HarvestJob(source=self._source)
        job.save()
        for id in harvester.gather_stage(job) or []:
            item = Session.get(HarvestObject, id)
            if harvester.fetch_stage(item):
                item.report_status = "not modified" if harvester.import_stage(item) == "unchanged" else None
        job.status = "Finished"
        Session.commit()
        for kind in (HarvestGatherError, HarvestObjectError):
            done.errors += [row.message for row in Session.query(kind).filter_by(harvest_job_id=job.id)]
        return done

    @property
    def packages(self) -> list[dict[str, Any]]:
        """What it has, deleted ones not."""
        return [row.shown for row in Session.query(Package).filter_by(state="active")]

    @property
    def titles(self) -> Counter[str]:
        """How often each title occurs."""
        return Counter(package["title"] for package in self.packages)

    def action(self, name: str) -> Callable[[Any, dict[str, Any]], Any]:
        """CKAN's ``get_action``."""
        actions: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
            "user_show": lambda *_: {"sysadmin": True},
            "package_show": lambda _, given: self._show(given["id"]),
            "package_create": lambda _, given: self._write(Package(id=given["id"]), given, self._done.created),
            "package_update": lambda _, given: self._write(self._row(given["id"]), given, self._done.updated),
            "package_delete": lambda _, given: self._delete(given["id"]),
            "organization_show": lambda _, given: _found(self.organizations, given["id"]),
            "organization_create": lambda _, given: self.organizations.update({given["id"]: given}),
            "group_show": lambda _, given: _found(self.groups, given["id"]),
            "group_create": lambda _, given: self.groups.update({given["id"]: given}),
        }
        # It takes what raises this for an extension that is not there.
        return actions[name]

    def _row(self, id: str) -> Package:
        row = Session.get(Package, id)
        if row is None:
            raise ObjectNotFoundError
        return row

    def _show(self, id: str) -> dict[str, Any]:
        row = self._row(id)
        return copy.deepcopy(row.shown) or {"id": id, "owner_org": None}

    def _write(self, row: Package, given: dict[str, Any], among: set[str]) -> Any:
        for resource in given["resources"]:
            resource.setdefault("id", str(uuid4()))
        row.name, row.title, row.shown = given["name"], given["title"], copy.deepcopy(given)
        row.save()
        Session.query(PackageExtra).filter_by(package_id=row.id).delete()
        for extra in given["extras"]:
            PackageExtra(package_id=row.id, key=extra["key"], value=str(extra["value"])).add()
        among.add(given["title"])
        return given

    def _delete(self, id: str) -> None:
        row = self._row(id)
        row.state = "deleted"
        self._done.deleted.add(str(row.title))


def _found(among: dict[str, dict[str, Any]], id: str) -> dict[str, Any]:
    if id not in among:
        raise ObjectNotFoundError
    return among[id]


@contextmanager
def ckans() -> Iterator[Callable[..., Ckan]]:
    """Makes CKANs, one at a time: ``new_ckan("dcat_rdf", "http://data.example/catalog.ttl", rdf_format="turtle")``."""
    here: list[Ckan] = []
    with standing_in(lambda name: here[-1].action(name)):
        from ckanext.dcat.harvesters import DCATJSONHarvester, DCATRDFHarvester
        from ckanext.harvest.harvesters import CKANHarvester

        kinds = {"ckan": CKANHarvester, "dcat_rdf": DCATRDFHarvester, "dcat_json": DCATJSONHarvester}

        def new(kind: str, url: str, **config: Any) -> Ckan:
            here[:] = [Ckan(kinds[kind], url, **config)]
            return here[0]

        yield new

"""What a CKAN keeps of its packages and of harvests: the tables that harvesters ask, with as much as they ask for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, ForeignKey, create_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    relationship,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.orm import Session as _PlainSession
from sqlalchemy.pool import StaticPool


class _SessionOfSqlite(_PlainSession):
    """PostgreSQL alone can put off constraints, and harvesters ask for it."""

    def execute(self, statement: Any, *arguments: Any, **named: Any) -> Any:
        if not str(statement).startswith("SET CONSTRAINTS"):
            return super().execute(statement, *arguments, **named)
        return None


Session = scoped_session(sessionmaker(class_=_SessionOfSqlite))


class _Row(DeclarativeBase):
    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid4()))

    def add(self) -> None:
        Session.add(self)

    def save(self) -> None:
        Session.add(self)
        Session.flush()

    @classmethod
    def get(cls, id: str) -> Any:
        return Session.get(cls, id)


class Package(_Row):
    __tablename__ = "package"
    name: Mapped[str | None]
    title: Mapped[str | None]
    url: Mapped[str | None]
    owner_org: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="active")
    #: As an action gives it.
    shown: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class PackageExtra(_Row):
    __tablename__ = "package_extra"
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"))
    key: Mapped[str]
    value: Mapped[str]


class HarvestSource(_Row):
    __tablename__ = "harvest_source"
    url: Mapped[str]
    config: Mapped[str | None]


class HarvestJob(_Row):
    __tablename__ = "harvest_job"
    source_id: Mapped[str] = mapped_column(ForeignKey("harvest_source.id"))
    source: Mapped[HarvestSource] = relationship()
    objects: Mapped[list[HarvestObject]] = relationship(back_populates="job")
    status: Mapped[str] = mapped_column(default="Running")
    gather_started: Mapped[datetime | None] = mapped_column(default=lambda: datetime.now(UTC).replace(tzinfo=None))


class HarvestObject(_Row):
    __tablename__ = "harvest_object"
    guid: Mapped[str | None]
    content: Mapped[str | None]
    current: Mapped[bool] = mapped_column(default=False)
    package_id: Mapped[str | None]
    report_status: Mapped[str | None]
    harvest_job_id: Mapped[str] = mapped_column(ForeignKey("harvest_job.id"))
    harvest_source_id: Mapped[str | None]
    job: Mapped[HarvestJob] = relationship(back_populates="objects")
    extras: Mapped[list[HarvestObjectExtra]] = relationship()

    def __init__(self, **values: Any) -> None:
        with Session.no_autoflush:
            # ckanext-dcat reads the id of what it has not saved yet.
            super().__init__(id=str(uuid4()), **values)
            self.harvest_source_id = self.job.source_id
            self.add()

    @property
    def source(self) -> HarvestSource:
        return self.job.source

    @property
    def package(self) -> Package | None:
        return Session.get(Package, self.package_id) if self.package_id else None


class HarvestObjectExtra(_Row):
    __tablename__ = "harvest_object_extra"
    harvest_object_id: Mapped[str] = mapped_column(ForeignKey("harvest_object.id"))
    key: Mapped[str]
    value: Mapped[str]


class HarvestGatherError(_Row):
    __tablename__ = "harvest_gather_error"
    harvest_job_id: Mapped[str]
    message: Mapped[str]

    @classmethod
    def create(cls, message: str, job: HarvestJob) -> None:
        cls(harvest_job_id=job.id, message=message).save()


class HarvestObjectError(_Row):
    __tablename__ = "harvest_object_error"
    harvest_job_id: Mapped[str]
    message: Mapped[str]

    @classmethod
    def create(cls, message: str, of: HarvestObject, _stage: str) -> None:
        cls(harvest_job_id=of.harvest_job_id, message=message).save()


def begin() -> None:
    """An empty database, which lives as long as the session is not begun again."""
    Session.remove()
    engine = create_engine("sqlite://", poolclass=StaticPool)
    _Row.metadata.create_all(engine)
    Session.configure(bind=engine)

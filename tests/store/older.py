"""A catalog as earlier versions of the schema left it."""

from __future__ import annotations

from sqlalchemy import Connection, text

_REPRESENTATIONS_OF_0007 = (
    "CREATE TABLE representation (record INTEGER NOT NULL, format VARCHAR(8) NOT NULL, body {bytes} NOT NULL,"
    " CONSTRAINT pk_representation PRIMARY KEY (record, format),"
    " CONSTRAINT fk_representation_record FOREIGN KEY (record) REFERENCES record (number))"
)


def bring_back_to_0007(connection: Connection) -> None:
    """Have each representation in a row of its own."""
    bytes = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    connection.execute(text("CREATE TABLE rendered AS SELECT * FROM representation"))
    connection.execute(text("DROP TABLE representation"))
    connection.execute(text(_REPRESENTATIONS_OF_0007.format(bytes=bytes)))
    for format, column in (("json", "json"), ("dcat.N3", "n3")):
        connection.execute(text(f"INSERT INTO representation SELECT record, '{format}', {column} FROM rendered"))
    connection.execute(text("DROP TABLE rendered"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))

"""The PostgreSQL server of the tests, and schemas in it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
from sqlalchemy import make_url

SERVER = os.environ.get("HEADEND_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")


@cache
def why_no_postgresql() -> str | None:
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"no PostgreSQL server answers at {SERVER}: {error}".partition("\n")[0]
    return None


@contextmanager
def schema_of_its_own(server_url: str) -> Iterator[str]:
    """URL of an empty schema of a PostgreSQL server; taken away again."""
    schema = make_schema(server_url)
    try:
        yield url_of_schema(server_url, schema)
    finally:
        drop_schema(server_url, schema)


def make_schema(server_url: str) -> str:
    """A new one, empty; its name."""
    schema = f"headend_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE SCHEMA {schema}")
    return schema


def drop_schema(server_url: str, schema: str) -> None:
    """Take it away with all that is in it."""
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"DROP SCHEMA {schema} CASCADE")


def url_of_schema(server_url: str, schema: str) -> str:
    """Of the server, with this schema in the place of its own."""
    url = make_url(server_url).update_query_dict({"options": f"-csearch_path={schema}"})
    return url.render_as_string(hide_password=False)

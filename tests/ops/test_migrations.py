"""The database is made the same by the migrations and by the models, on both stores, also by several at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, select, text

from portal import migrations
from portal.core.database import Base, db
from portal.people.models import Department
from portal.tickets import search_schema
from portal.tickets.models import Status
from tests.ops.servers import portal, portal_process
from tests.stores import create_database, drop_database, postgres_missing, worker_name


def _is_compared(_object: object, name: str | None, _kind: str, is_reflected: bool, _other: object) -> bool:
    beside = {"alembic_version", *search_schema.SEARCH_COLUMNS, *search_schema.SEARCH_INDEXES}
    return not (is_reflected and name and (name in beside or name.startswith(search_schema.SEARCH_TABLE)))


def test_a_migrated_database_is_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        options = {"include_object": _is_compared, "compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_the_frozen_search_index_is_the_present_one(app: Flask) -> None:
    """The migration holds its own text; while nothing is released the two have to be the same."""
    frozen = Path(migrations.__file__).with_name("versions") / "0001_first_desk.py"
    flat = " ".join(frozen.read_text("utf-8").split())
    for statement in search_schema._SQLITE + search_schema._POSTGRESQL:
        assert " ".join(statement.split()) in flat


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_migrating_again_changes_nothing(app: Flask) -> None:
    count = db.session.execute(select(func.count(Status.id))).scalar_one()
    db.session.remove()
    assert migrations.migrate(app) is False
    assert db.session.execute(select(func.count(Status.id))).scalar_one() == count > 0


def test_a_database_of_a_newer_version_is_left_alone(app: Flask) -> None:
    with db.engine.connect().execution_options(portal_writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrations.NewerDatabase, match="9999"):
        migrations.migrate(app)


def test_what_an_administrator_removed_does_not_come_back(app: Flask) -> None:
    with db.engine.connect().execution_options(portal_writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE department SET name = 'Ours'"))
    migrations.migrate(app)
    assert list(db.session.execute(select(Department.name)).scalars()) == ["Ours"]


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_three_processes_that_start_at_once_make_one_database(store: str, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    env = {}
    name = f"throughline_race_{worker_name()}"
    if store == "postgresql":
        if missing := postgres_missing():
            pytest.skip(f"PostgreSQL: {missing}")
        env["PORTAL_DATABASE_URL"] = create_database(name)
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda _i: portal_process("migrate", home=tmp_path / "home", **env), range(3)))
    assert sorted("now" in one.stdout for one in done) == [False, False, True]
    assert portal("doctor", home=tmp_path / "home", **env).returncode == 0
    if store == "postgresql":
        drop_database(name)

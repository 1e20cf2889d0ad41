"""Jobs on a timer: once for all workers, taken over, after a failure, with a clock that jumps; what they clean."""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta
from io import BytesIO

import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.files import file_path, files_folder, store_file, stored_file_id
from portal.core.models import FirstResult, Job, Try
from portal.people.links import make_ticket_link
from portal.people.models import AccessLink, WebSession
from portal.people.sessions import start_session
from portal.worker.cleaning import drop_expired, drop_orphan_files
from portal.worker.jobs import HEARTBEAT, Timed, beat, run_due_jobs
from portal.worker.rounds import JOBS
from tests.world import make_customer, make_ticket

LEASE = timedelta(minutes=2)
EVERY = timedelta(minutes=10)


def run(*jobs: Timed, name: str = "me") -> None:
    run_due_jobs(name, lease=LEASE, stop=threading.Event(), jobs=jobs)


def job(name: str) -> Job:
    db.session.rollback()
    return db.session.execute(select(Job).where(Job.name == name)).scalar_one()


def test_a_job_runs_at_its_time_and_says_how_it_went(app: Flask) -> None:
    ran: list[datetime] = []
    timed = Timed("count", EVERY, lambda now: ran.append(now) or 3)
    start = utc_now()
    with time_machine.travel(start, tick=False) as clock:
        run(timed)
        run(timed)
        assert len(ran) == 1
        assert (job("count").next_run_at, job("count").last_error) == (start + EVERY, "")
        clock.shift(EVERY)
        run(timed)
    assert len(ran) == 2


def test_a_job_that_fails_keeps_its_error_and_runs_again(app: Flask) -> None:
    def work(_now: datetime) -> int:
        raise ValueError("no room")

    with time_machine.travel(utc_now(), tick=False) as clock:
        run(Timed("bad", EVERY, work), Timed("good", EVERY, lambda _now: 0))
        assert job("bad").last_error == "ValueError: no room"
        assert job("good").last_run_at is not None
        clock.shift(EVERY)
        run(Timed("bad", EVERY, lambda _now: 0))
        assert job("bad").last_error == ""


def test_two_workers_do_not_run_a_job_twice_but_take_over_a_dead_ones(app: Flask) -> None:
    ran: list[str] = []

    def inner(_now: datetime) -> int:
        run(Timed("one", EVERY, lambda _n: ran.append("other") or 1), name="other")
        ran.append("me")
        return 1

    with time_machine.travel(utc_now(), tick=False) as clock:
        run(Timed("one", EVERY, inner))
        assert ran == ["me"]
        with transaction():
            job("one").lease, job("one").next_run_at = "somebody who died", utc_now() + LEASE
        clock.shift(LEASE + timedelta(seconds=1))
        run(Timed("one", EVERY, lambda _n: ran.append("taken over") or 1))
    assert ran == ["me", "taken over"]


def test_a_clock_that_is_set_back_a_day_does_not_stop_the_jobs(app: Flask) -> None:
    ran: list[int] = []
    timed = Timed("tick", EVERY, lambda _now: ran.append(1) or 1)
    now = utc_now()
    with time_machine.travel(now + timedelta(days=1), tick=False):
        run(timed)
        beat(utc_now())
    with time_machine.travel(now, tick=False):
        run(timed)
        beat(utc_now())
        assert job(HEARTBEAT).last_run_at == now
    assert len(ran) == 2


def test_every_shipped_job_runs_on_an_empty_and_a_filled_desk(app: Flask) -> None:
    make_ticket()
    with time_machine.travel(utc_now(), tick=False) as clock:
        for _turn in range(2):
            run(*JOBS)
            clock.shift(timedelta(days=60))
    assert {row.name: row.last_error for row in db.session.execute(select(Job)).scalars() if row.name != HEARTBEAT} == {
        timed.name: "" for timed in JOBS
    }


def test_the_heartbeat_is_written_only_every_ten_seconds(app: Flask) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        beat(utc_now())
        first = job(HEARTBEAT).last_run_at
        clock.shift(9)
        beat(utc_now())
        assert job(HEARTBEAT).last_run_at == first
        clock.shift(2)
        beat(utc_now())
        assert job(HEARTBEAT).last_run_at == utc_now()


def _count(model: type) -> int:
    return db.session.execute(select(func.count()).select_from(model)).scalar_one()


def test_what_expired_is_dropped_and_nothing_else(app: Flask) -> None:
    ticket, now = make_ticket(), utc_now()
    person = make_customer()
    start_session(person.id, is_agent=False, now=now)
    make_ticket_link(ticket.id, person.id, now=now)
    with transaction():
        db.session.add_all(
            [
                Try(bucket="a", happened_at=now - timedelta(hours=26)), Try(bucket="a", happened_at=now),
                FirstResult(key="old", result="", created_at=now - timedelta(hours=26)),
                FirstResult(key="new", result="", created_at=now),
            ]
        )  # fmt: skip
    before = (_count(WebSession), _count(AccessLink))
    drop_expired(now)
    assert (_count(Try), _count(FirstResult)) == (1, 1)
    assert (_count(WebSession), _count(AccessLink)) == before
    drop_expired(now + timedelta(days=400))
    assert (_count(WebSession), _count(AccessLink), _count(Try), _count(FirstResult)) == (0, 0, 0, 0)


def test_a_link_with_a_session_goes_with_it(app: Flask) -> None:
    ticket, now = make_ticket(), utc_now()
    make_ticket_link(ticket.id, ticket.customer_id, now=now - timedelta(days=200))
    link = db.session.execute(select(AccessLink)).scalar_one()
    start_session(ticket.customer_id, is_agent=False, now=now, ticket_id=ticket.id, link_id=link.id)
    assert drop_expired(now) == 2
    assert (_count(WebSession), _count(AccessLink)) == (0, 0)


def test_files_nobody_names_go_after_a_day(app: Flask) -> None:
    kept, lost, fresh = (store_file(BytesIO(text), "a.txt") for text in (b"kept", b"lost", b"fresh"))
    with transaction():
        stored_file_id(kept, now=utc_now())
    half = files_folder() / "upload-left-behind"
    half.write_bytes(b"half")
    old = (utc_now() - timedelta(hours=25)).timestamp()
    for path in (file_path(kept.sha256), file_path(lost.sha256), half):
        os.utime(path, (old, old))
    assert drop_orphan_files(utc_now()) == 2
    assert [file_path(f.sha256).exists() for f in (kept, lost, fresh)] == [True, False, True]
    assert not half.exists()

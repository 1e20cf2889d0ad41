"""The outbox: leases, retries, the dead, the poisoned, the clock."""

from __future__ import annotations

import threading
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select, update

from portal.core.clock import utc_now
from portal.core.database import db, transaction
from portal.core.models import Outbox
from portal.core.outbox import post_letter
from portal.worker.delivery import BATCH, DELAYS, LEASE, deliver_due, free_after_clock_jump

NEVER = threading.Event()


def post(number: int = 1, **more) -> list[int]:
    with transaction():
        rows = [post_letter("reply", address=f"p{i}@x.example", now=more.get("now", utc_now())) for i in range(number)]
    return [row.id for row in rows]


def rows() -> dict[int, Outbox]:
    db.session.rollback()
    db.session.expire_all()
    return {row.id: row for row in db.session.execute(select(Outbox).order_by(Outbox.id)).scalars()}


def run(transport, *, lease: timedelta = LEASE, stop: threading.Event = NEVER) -> bool:
    return deliver_due("me", transport=transport, lease=lease, stop=stop)


def test_every_row_is_delivered_once_and_its_text_kept(app: Flask) -> None:
    ids, seen = post(BATCH * 2 + 3), []

    def transport(row: Outbox, _now) -> str:
        seen.append(row.id)
        row.subject, row.body = "S", f"to {row.address}"
        return "kept"

    assert run(transport) is True
    assert seen == ids
    assert {(row.state, row.subject, row.lease, row.attempts) for row in rows().values()} == {("kept", "S", "", 1)}
    assert rows()[ids[1]].body == "to p1@x.example"
    assert run(transport) is False


def test_a_poisoned_row_blocks_nobody_and_is_dead_after_almost_three_days(app: Flask) -> None:
    bad, good = post(2)
    delivered = []

    def transport(row: Outbox, _now) -> str:
        if row.id == bad:
            raise ValueError("cannot be drawn")
        delivered.append(row.id)
        return "done"

    start = utc_now()
    with time_machine.travel(start, tick=False) as clock:
        run(transport)
        assert delivered == [good]
        for delay in DELAYS:
            row = rows()[bad]
            assert (row.state, row.next_try_at) == ("queued", utc_now() + delay)
            assert "cannot be drawn" in row.last_error
            clock.shift(delay)
            run(transport)
        assert utc_now() - start < timedelta(days=3)
        assert rows()[bad].state == "dead"
        clock.shift(timedelta(days=30))
        assert run(transport) is False
    assert delivered == [good]


def test_a_row_that_ends_its_worker_every_time_is_dead_in_the_end(app: Flask) -> None:
    (row_id,) = post()
    with transaction():
        db.session.execute(update(Outbox).values(attempts=len(DELAYS) + 1))
    run(lambda _row, _now: "done")
    assert rows()[row_id].state == "dead"


def test_an_expired_lease_is_taken_over_and_the_late_result_does_not_count(app: Flask) -> None:
    (row_id,) = post()
    now = utc_now()
    taken = []

    def slow(row: Outbox, _now) -> str:
        with time_machine.travel(now + LEASE * 2, tick=False):
            deliver_due("other", transport=lambda r, _n: taken.append(r.id) or "done", lease=LEASE, stop=NEVER)
        row.subject = "mine, too late"
        return "kept"

    run(slow)
    assert taken == [row_id]
    assert (rows()[row_id].state, rows()[row_id].subject) == ("done", "")


def test_a_leased_row_is_left_alone(app: Flask) -> None:
    post()
    others: list[int] = []

    def transport(_row: Outbox, _now) -> str:
        deliver_due("other", transport=lambda r, _n: others.append(r.id) or "done", lease=LEASE, stop=NEVER)
        return "done"

    run(transport)
    assert others == []


def test_stopping_finishes_the_row_in_hand_and_gives_the_others_back(app: Flask) -> None:
    post(5)
    stop = threading.Event()

    def transport(_row: Outbox, _now) -> str:
        stop.set()
        return "done"

    run(transport, stop=stop)
    assert sorted((row.state, row.lease, row.attempts) for row in rows().values()) == [
        ("done", "", 1), *[("queued", "", 0)] * 4,
    ]  # fmt: skip


def test_what_a_clock_that_ran_ahead_queued_is_delivered_after_it_is_set_back(app: Flask) -> None:
    post(now=utc_now() + timedelta(days=1))
    assert run(lambda _row, _now: "done") is False
    assert free_after_clock_jump(utc_now()) == 1
    assert run(lambda _row, _now: "done") is True


def test_a_retry_that_waits_honestly_is_not_hurried(app: Flask) -> None:
    post()
    run(lambda _row, _now: 1 / 0)
    assert free_after_clock_jump(utc_now()) == 0

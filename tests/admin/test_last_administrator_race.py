"""Two administrators who demote each other in the same moment: one of them stays, on both stores."""

from __future__ import annotations

import threading
from dataclasses import replace

from sqlalchemy import func, select

from portal.core.clock import utc_now
from portal.core.database import db
from portal.core.errors import Refused
from portal.people import agent_actions
from portal.people.models import Agent
from tests import world


def test_one_administrator_is_left(app):
    first, second = world.make_administrator("Omar Diaz"), world.make_agent("Eva Stone", administrator=True)
    actors = {first.id: world.actor_of(second), second.id: world.actor_of(first)}
    start, outcomes = threading.Barrier(2), []

    def demote(agent_id: int) -> None:
        with app.app_context():
            agent = db.session.get_one(Agent, agent_id)
            values = replace(agent_actions.agent_values(agent), is_administrator=False)
            db.session.rollback()
            start.wait(10)
            try:
                agent_actions.change_agent(agent, values, by=actors[agent_id], now=utc_now())
                outcomes.append("done")
            except Refused:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=demote, args=(agent_id,)) for agent_id in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["done", "refused"]
    db.session.rollback()
    left = select(func.count()).select_from(Agent).where(Agent.is_administrator)
    assert db.session.execute(left).scalar() == 1

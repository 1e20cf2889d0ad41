"""Every door of the web, registered in one place."""

from __future__ import annotations

from flask import Flask


def register_doors(app: Flask) -> None:
    """Register the blueprints of customers, agents, administrators and operations."""
    from portal.web.admin import admin
    from portal.web.agent import agent
    from portal.web.auth_pages import auth
    from portal.web.customer import customer
    from portal.web.files_door import files
    from portal.web.operations import operations

    for blueprint in (customer, auth, files, agent, admin, operations):
        app.register_blueprint(blueprint)

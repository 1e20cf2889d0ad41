"""The start page of administration."""

from __future__ import annotations

from flask import render_template

from portal.web.admin import admin


@admin.get("/")
def overview() -> str:
    """Every area with a sentence about it: no statement of its own."""
    return render_template("admin/overview.html")

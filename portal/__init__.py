"""Throughline, a self-hosted help-desk portal. `create_app` puts the rooms and doors together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from portal.settings import Settings

__version__ = "0.1.0"


def project_folder(name: str) -> Path:
    """The folder `templates` or `static`: beside the package in a checkout, inside it in an installed wheel."""
    package = Path(__file__).parent
    packed = package / "_files" / name
    return packed if packed.is_dir() else package.parent / name


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """The application for these settings (default: from the environment and `portal.toml`).

    `overrides` are Flask configuration values, for tests. Does not touch the database: `portal.migrations.migrate`
    does. Raises SettingsError for settings that cannot be used.
    """
    from flask import Flask
    from sqlalchemy.pool import QueuePool

    from portal.core.database import db, prepare_engine
    from portal.core.words import gettext, ngettext
    from portal.notices import register as register_notices
    from portal.settings import load_settings
    from portal.web.assets import init_assets
    from portal.web.auth import init_auth
    from portal.web.doors import register_doors
    from portal.web.errors import init_errors
    from portal.web.filters import init_filters
    from portal.web.folded_words import FoldedWords
    from portal.web.frame import init_frame
    from portal.web.headers import init_headers
    from portal.web.kept_forms import init_csrf

    settings = settings or load_settings()
    app = Flask("portal", template_folder=str(project_folder("templates")), static_folder=None)
    is_https = settings.url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "poolclass": QueuePool,
            "pool_size": 20,
            "max_overflow": 20,
            "hide_parameters": True,  # no address and no text of a ticket in a log
        },
        SESSION_COOKIE_NAME="__Host-portal" if is_https else "portal",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=30 * 24 * 3600,
        MAX_CONTENT_LENGTH=50 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
        MAX_FORM_PARTS=1_000,
        PORTAL_HOME=str(settings.home),
        PORTAL_URL=settings.url,
        PORTAL_ALLOWED_HOSTS=settings.allowed_hosts,
        PORTAL_TRUSTED_PROXIES=settings.trusted_proxies,
        PORTAL_RATE_LIMITS=settings.rate_limits,
        PORTAL_DEMO=False,
    )
    app.config.update(overrides)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "auto_reload": False}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension(FoldedWords)
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    init_headers(app)
    init_csrf(app)
    init_errors(app)
    init_auth(app)
    init_filters(app)
    init_frame(app)
    init_assets(app, project_folder("static"))
    register_doors(app)
    register_notices()
    return app

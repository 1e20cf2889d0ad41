"""A built wheel holds templates and static files and serves from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return next(folder.glob("throughline-*.whl"))


def test_it_holds_templates_static_files_and_migrations(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "portal/_files/templates/layouts/base.html", "portal/_files/static/css/tokens.css",
        "portal/_files/static/js/menu.js", "portal/migrations/versions/0001_first_desk.py",
    ):  # fmt: skip
        assert name in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "instance/"))]


def test_it_serves_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "an empty földer"
    empty.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    script = (
        "import portal, threading, sys\n"
        "assert portal.__file__.startswith(sys.argv[1]), portal.__file__\n"
        "from portal import create_app\n"
        "from portal.migrations import migrate\n"
        "app = create_app()\n"
        "migrate(app)\n"
        "client = app.test_client()\n"
        "page = client.get('/tickets/new')\n"
        "assert page.status_code == 200 and 'Open a ticket' in page.text\n"
        "import re\n"
        "css = re.search(r'/static/app\\.[0-9a-f]+\\.css', page.text).group()\n"
        "assert client.get(css).status_code == 200\n"
        "print('served')\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    done = subprocess.run(
        [sys.executable, "-c", script, str(site)], cwd=empty, env={**kept, "PYTHONPATH": str(site)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip().endswith("served"), done.stderr
    assert (empty / "instance" / "portal.sqlite3").is_file()

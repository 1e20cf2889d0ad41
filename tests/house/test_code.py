"""Rules of the house for code: imports go one way, names say what a thing is, files keep to one subject."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted((ROOT / "portal").rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "service", "services"}
ERRORS = {"DeskError", "NotFound", "Forbidden", "Conflict", "Refused", "TooMany", "TooLarge", "SettingsError"}
MOST_LINES = 400


def test_imports_go_one_way():
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_imports_from_the_top():
    """`portal/__init__.py` may import everything, so nothing but the command line may import from it."""
    guilty = []
    for path in CODE:
        if path.parent == ROOT / "portal" or "cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "portal" and node.level == 0:
                guilty.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert guilty == []


@pytest.mark.parametrize("folder", ["portal", "templates", "static", "tests"])
def test_no_vague_names(folder):
    allowed = {"templates/layouts/base.html", "static/css/base.css"}
    found = [
        str(path.relative_to(ROOT).as_posix())
        for path in (ROOT / folder).rglob("*")
        if path.stem.lower() in VAGUE and path.relative_to(ROOT).as_posix() not in allowed
    ]
    assert found == []


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_keeps_to_one_subject(path):
    """Split a file by subject before it passes 400 lines; migrations are written once and stay."""
    if "versions" not in path.parts:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_public_functions_have_docstrings():
    """Each public function says what it takes and gives; route functions and nested ones count too."""
    silent = []
    for path in CODE:
        if "versions" in path.parts or path.name == "env.py":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if is_public and not ast.get_docstring(node):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []


def test_refusals_go_through_gettext():
    """A sentence a person reads is never a bare string in a raised error."""
    guilty = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in ERRORS:
                continue
            first = node.args[0] if node.args else None
            parts = first.values if isinstance(first, ast.JoinedStr) else [first]
            texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            if any(char.isalpha() for text in texts for char in text):
                guilty.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert guilty == []


def test_the_clock_is_read_in_one_place():
    """Actions and queries get `now`; only doors, the worker, tools and core/clock.py read the clock."""
    guilty = []
    for folder in ("tickets", "people", "queues", "notices"):
        for path in sorted((ROOT / "portal" / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            guilty += [
                f"{path.relative_to(ROOT)}: {word}"
                for word in ("utc_now(", "datetime.now(", "utcnow(", "time.time(")
                if word in text
            ]
    assert guilty == []


def test_actions_know_nothing_of_the_request():
    """An action reads neither request, session nor settings of the machine (docs/architecture.md)."""
    guilty = []
    for path in sorted((ROOT / "portal" / "tickets").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("flask", "flask_login"):
                guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.module}")
    assert guilty == []

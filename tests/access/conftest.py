"""The scene of people and tickets, as a fixture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access.people import Scene, make_scene


@pytest.fixture(scope="session")
def _made_scene(sqlite_desk, tmp_path_factory) -> Scene:
    return make_scene(sqlite_desk, tmp_path_factory.mktemp("scene"))


@pytest.fixture
def scene(_made_scene: Scene) -> Iterator[Scene]:
    """The scene as it was made."""
    _made_scene.lay_down()
    with _made_scene.app.app_context():
        yield _made_scene

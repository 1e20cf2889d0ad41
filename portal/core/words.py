"""Gettext for every sentence a person reads; a second language adds a catalogue, no code."""

from __future__ import annotations

import gettext as _gettext
from pathlib import Path

_translations = _gettext.translation("portal", Path(__file__).parent.parent / "locale", fallback=True)

gettext = _translations.gettext
ngettext = _translations.ngettext
_ = gettext

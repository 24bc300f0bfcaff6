"""Words for Discord: nothing in them becomes a format, a mention, an emoji or a link of its own.

Discord's markdown: https://support.discord.com/hc/en-us/articles/210298617; mentions and timestamps:
https://discord.com/developers/docs/reference#message-formatting. A backslash before any punctuation makes it
plain.
"""

from __future__ import annotations

import re

# `_` inside a word and a lone `~` or `|` mean nothing, and names are read more easily without backslashes.
_MARKUP = (
    r"[\\*`]"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\|"
    r"|<(?=[@#/:!A-Za-z])"
    r"|:(?=[\w+~-]{1,64}:)(?!(?<=\d:)\d+:)"
    r"|(?<=[A-Za-z]):(?=//)"
    r"|(?<=discord)\.(?=gg\b|com/invite)|(?<=discordapp)\.(?=com/invite)"
)
_SPECIAL = re.compile(_MARKUP + r"|\](?=\s*\()", re.IGNORECASE)
_SPECIAL_IN_LABEL = re.compile(_MARKUP + r"|[\[\]]", re.IGNORECASE)
_EVERYBODY = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_LINE_START = re.compile(r"^(\s*)(#{1,3}(?=\s)|-(?=[\s#])|>|\d+(?=[.)]\s))")
_ZERO_WIDTH = "\u200b"  # no backslash keeps Discord from reading @everyone


def escape(text: str) -> str:
    """`text` as it is read, with nothing in it that Discord takes for markup."""
    return _EVERYBODY.sub("@" + _ZERO_WIDTH, _SPECIAL.sub(r"\\\g<0>", text))


def escape_label(text: str) -> str:
    """The same for the label of a link, which a bracket would end."""
    return _EVERYBODY.sub("@" + _ZERO_WIDTH, _SPECIAL_IN_LABEL.sub(r"\\\g<0>", text))


def at_line_start(line: str) -> str:
    """A line that can be no heading, list, subtext or quotation."""
    found = _LINE_START.match(line)
    if found is None:
        return line
    blank, opening = found.groups()
    rest = line[found.end() :]
    return f"{blank}{opening}\\{rest}" if opening.isdigit() else f"{blank}\\{opening}{rest}"

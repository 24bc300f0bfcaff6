"""A typed line into a command's path and the texts of its options, forgivingly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cards.reader import Reader
from commands.command import Command
from commands.errors import CommandError
from commands.options import Option, OptionKind
from commands.settings_text import SETTING, merged, settings_option

LONGEST_LINE = 4000
_WORD = re.compile(r'((?:--)?[A-Za-z][\w.-]*[:=])?(?:"([^"]*)"|“([^”]*)”)|(\S+)')
_NAMED = re.compile(r"(?:--)?([a-z][a-z_-]{0,30})[:=](.*)", re.IGNORECASE | re.DOTALL)
_PREFIXES = frozenset(
    {"grb", "ep", "ic", "icecube", "at", "sn", "frb", "svom", "swift", "fermi", "lvk", "igwn", "km3", "gw"}
)


_TYPED = frozenset(OptionKind) - {OptionKind.FLAG, OptionKind.SETTINGS}


@dataclass(frozen=True)
class Typed:
    """What a line asks for: a command, and the text given for each of its options."""

    command: Command
    given: Mapping[str, str] = field(default_factory=dict)


def words_of(line: str) -> list[str]:
    """The words of a line; what stands in quotes is one, with its name: `filters="g r"`.

    Quotes that never end are letters.
    """
    return ["".join(part or "" for part in found.groups()) for found in _WORD.finditer(line)]


def read_options(
    command: Command, words: Sequence[str], reader: Reader, is_telescope: Callable[[str], bool] | None = None
) -> dict[str, str]:
    """The text of each option: named ones (`zoom:5`, `zoom=5`, `--zoom 5`), then the rest by position.

    A free text that is the command's last option takes the words up to the next name: `note:too ill`.
    Of a command that takes settings every other `key=value` is one. `is_telescope` knows the names of
    telescopes: `latest ZTF` is no event of the class ZTF where the command takes a telescope too.
    Raises CommandError for a name the command does not have and for words that nothing takes.
    """
    given: dict[str, str] = {}
    rest: list[str] = []
    settings: dict[str, str] = {}
    queue = list(words)
    while queue:
        word = queue.pop(0)
        setting = _setting(command, word)
        if setting is not None:
            settings[setting[1]] = setting[2]
            continue
        option, value = _named(command, word, queue, reader)
        if option is None:
            rest.append(word)
        else:
            if option.kind is OptionKind.TEXT and option is command.last:
                value = _sentence(command, value, queue)
            given[option.name] = value
    _by_position(command, rest, given, reader, is_telescope or (lambda word: False))
    taking = settings_option(command)
    own = {f"{taking.name}.{key}": value for key, value in settings.items()} if taking is not None else {}
    return merged(command, {**given, **own})


def _setting(command: Command, word: str) -> re.Match[str] | None:
    """The word as a setting, where the command takes settings and has no option of that name."""
    found = SETTING.fullmatch(word) if settings_option(command) is not None else None
    declared = found is not None and command.option(found[1].replace("-", "_").lower()) is not None
    return None if declared else found


def _sentence(command: Command, begun: str, queue: list[str]) -> str:
    words = [begun]
    while queue and not _is_name(command, queue[0]):
        words.append(queue.pop(0))
    said = " ".join(words)
    return said[1:-1] if len(said) > 1 and said[0] + said[-1] in ('""', "“”") else said


def _is_name(command: Command, word: str) -> bool:
    named = _NAMED.fullmatch(word)
    if _setting(command, word) is not None:
        return True
    return word.startswith("--") or (named is not None and command.option(named[1].lower()) is not None)


def _named(command: Command, word: str, queue: list[str], reader: Reader) -> tuple[Option | None, str]:
    if word.startswith("--") and len(word) > 2:
        name, found, value = word[2:].partition("=")
        option = command.option(name.replace("-", "_").lower())
        if option is None:
            raise CommandError(_no_such_option(command, name, reader))
        if option.kind is OptionKind.FLAG and not found:
            return option, "yes"
        if not found:
            value = queue.pop(0) if queue else ""
        return option, value
    named = _NAMED.fullmatch(word)
    if named is None:
        return None, ""
    option = command.option(named[1].lower())
    if option is None:
        return None, ""
    value = named[2]
    if not value and queue:
        value = queue.pop(0)
    return option, value


def _by_position(
    command: Command,
    rest: list[str],
    given: dict[str, str],
    reader: Reader,
    is_telescope: Callable[[str], bool],
) -> None:
    named = (OptionKind.FLAG, OptionKind.SETTINGS)
    places = [each for each in command.options if each.name not in given and each.kind not in named]
    flags = {each.name: each for each in command.options if each.kind is OptionKind.FLAG}
    for place, option in enumerate(places):
        if not rest:
            return
        last = place == len(places) - 1
        count = (
            len(rest) if option.kind in (OptionKind.TEXT, OptionKind.RULE) and last else _takes(option, rest)
        )
        needed = sum(each.required for each in places[place + 1 :])
        theirs = len(rest) - count < needed or (
            count > 1
            and any(each.kind is OptionKind.FACILITY for each in places[place + 1 :])
            and rest[1].lower() not in _PREFIXES
            and is_telescope(rest[1].partition(",")[0])
        )
        if option.kind is OptionKind.EVENT and theirs:
            count = 1  # `latest ZTF`: the word is the telescope's
        if count:
            given[option.name] = " ".join(rest[:count])
            del rest[:count]
    for word in list(rest):
        if word.lower() in flags:
            given[word.lower()] = "yes"
            rest.remove(word)
    if rest:
        raise CommandError(_left_over(command, " ".join(rest)[:200], given, reader))


def _left_over(command: Command, words: str, given: Mapping[str, str], reader: Reader) -> str:
    """What to do with words that nothing takes: the options that are left, with their choices."""
    left = [each for each in command.options if each.name not in given and each.kind in _TYPED]
    if not left:
        return reader.say(
            "{command} does not know what to do with “{words}”.", command=command.path, words=words
        )
    known = [f"{each.name} ({', '.join(each.choices)})" if each.choices else each.name for each in left]
    return reader.say(
        "{command} does not know what to do with “{words}”; it also takes: {known}.",
        command=command.path,
        words=words,
        known="; ".join(known),
    )


def _takes(option: Option, words: Sequence[str]) -> int:
    """How many words at the front belong to an option of this kind; 0 where they cannot."""
    match option.kind:
        case OptionKind.EVENT:
            first = words[0].lower()
            follows = len(words) > 1 and (
                words[1][:1].isdigit() or (first == "ep" and words[1][:1].isdigit())
            )
            return (
                2 if first in _PREFIXES and follows else 2 if first == "latest" and _names_class(words) else 1
            )
        case OptionKind.TIME:
            return _takes_time(words)
        case OptionKind.DURATION:
            return 2 if len(words) > 1 and words[0].isdigit() and words[1][:1].isalpha() else 1
        case OptionKind.ANGLE:
            return 2 if len(words) > 1 and words[1].lower() in ("deg", "arcmin", "arcsec") else 1
        case OptionKind.COORDINATES:
            count = 0
            while count < len(words) and re.match(r"[J+−-]?\d", words[count], re.IGNORECASE):
                count += 1
            return count
        case OptionKind.CHOICE:
            return (
                1 if words[0].lower() in {each.lower() for each in option.choices} or option.required else 0
            )
        case OptionKind.NUMBER:
            return 1 if re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?%?", words[0]) or option.required else 0
        case _:
            count = 1
            while option.several and count < len(words) and words[count - 1].endswith(","):
                count += 1
            return count


def _names_class(words: Sequence[str]) -> bool:
    return len(words) > 1 and words[1].isalpha()


def _takes_time(words: Sequence[str]) -> int:
    first = words[0].lower()
    if first in ("in", "dans"):
        return 3 if len(words) > 2 and words[1].isdigit() and words[2][:1].isalpha() else min(2, len(words))
    if len(words) > 1 and words[-1].lower() == "ago":
        return len(words)
    following = len(words) > 1 and re.match(r"\d{1,2}[:h]\d{2}", words[1])
    if following and not re.match(r"\d{1,2}[:h]\d{2}", first):
        return 3 if len(words) > 2 and words[2].lower() in ("utc", "ut", "z") else 2
    return 2 if len(words) > 1 and words[1].lower() in ("utc", "ut", "z") else 1


def _no_such_option(command: Command, name: str, reader: Reader) -> str:
    known = ", ".join(each.name for each in command.options) or reader.say("none")
    return reader.say(
        "{command} has no option “{name}”; it takes: {known}.",
        command=command.path,
        name=name[:60],
        known=known,
    )

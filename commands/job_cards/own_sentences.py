"""What the desk itself says of a job, in the reader's language; platforms are quoted as they are."""

from __future__ import annotations

import re
import string

from cards.reader import Reader
from cards.translation import marked
from commands.job_cards.planner_sentences import NOTES, PLANNERS, SETTINGS
from commands.job_cards.portal_sentences import ASKED, REFUSALS, WORKS
from platforms.job import PlatformError

OWN = (
    marked("nightdesk itself failed on this job; its log has it under {reference}"),
    marked("tell whoever runs this desk, and ask again"),
    marked("{platform} did not answer within {seconds} s"),
    marked("this desk is not configured for {kind} at {platform} now"),
    marked("it could not be taken back: {why}"),
    marked("it could not be cancelled: {why}"),
    marked("whether {platform} still works on it can be seen only there: look for {mark}"),
)
"""The sentences of `platforms.tracker` and `platforms.steps`, which know no language but the log's."""

NMMA = (
    marked("NMMA fits it and calls when it is done; it tells nothing before."),
    marked("NMMA answers strangely; if it was started again, the fit is lost."),
    marked("NMMA does not answer just now; if it was started again, the fit is lost."),
    marked("NMMA answers by calling this desk, which has no address of its own."),
    marked("An administrator sets web.public_url to one that the service can reach."),
    marked("NMMA refuses the fit: {why}"),
    marked("NMMA could not fit it: {why}"),
    marked("it does not say why"),
    marked("NMMA ended without an answer that can be read."),
    marked("The prior of this model may be missing at the service: try another model."),
    marked("More points or another model may help; so may a wider time range (tmin, tmax)."),
    marked("Check the photometry's columns (filter, mjd, mag, magerr) and its filters' names."),
    marked("Another model may work."),
    marked("An administrator checks [nmma] url: the service of fits is not there."),
    marked("the model is {model}; one of {models} was expected"),
    marked("the redshift is {redshift}; a number above 0 and below 10 was expected"),
    marked("the photometry has {count} characters; {most} at most are sent"),
    marked("the photometry has no lines; a head and one line a measurement were expected"),
    marked("the photometry lacks the column {column}; its head is {head}"),
    marked("line {line} of the photometry has {count} cells; {expected} were expected"),
    marked("the photometry has {count} detections; {expected} or more were expected"),
    marked("line {line} of the photometry names no filter"),
    marked("line {line} of the photometry has {name} {text}; a number was expected"),
    marked("line {line} of the photometry has mjd {text}; a modified Julian day was expected"),
    marked("NMMA has no parameter {key}; it has {parameters}"),
    marked("{name} is {text}; a number was expected"),
    marked("NMMA was not asked: {why}"),
    marked("no SkyPortal called {name} is configured here now"),
    marked("mend `with` of the reaction"),
)
"""The sentences of `platforms.nmma` and `platforms.rule_fits`."""

MMODA = (
    marked("MMODA refuses {product} of {instrument}: {why}"),
    marked("MMODA does not allow {product} of {instrument}: {why}"),
    marked("MMODA failed inside while asked for {product} of {instrument} (HTTP {status})."),
    marked("MMODA failed inside while asked for {what} (HTTP {status})."),
    marked("MMODA has no such page for {product} of {instrument} (HTTP 404)."),
    marked("MMODA has no such page for {what} (HTTP 404)."),
    marked("MMODA answered {product} of {instrument} with something that is no answer of a dispatcher."),
    marked("MMODA answered {what} with something that is no answer of a dispatcher."),
    marked("MMODA does not show {what}: {why}"),
    marked("MMODA refuses {what}: {why}"),
    marked("MMODA does not allow {what}: {why}"),
    marked("its instruments"),
    marked("{platform} is not configured any more."),
    marked("Put [mmoda] url back."),
    marked("what {instrument} offers"),
    marked("where {name} is"),
    marked("MMODA has no instrument {instrument}; nearest: {known}."),
    marked("MMODA cannot reach the catalogues that know names."),
    marked("MMODA does not know the job of {product} of {instrument} any more."),
    marked("MMODA could not make {product} of {instrument}: {why}"),
    marked("MMODA cannot stop a computation; the desk follows it no more."),
    marked("MMODA has it in its queue."),
    marked("MMODA computes it."),
    marked("it does not accept the token"),
    marked("the token has expired"),
    marked("the account lacks the role {role}"),
    marked("the request lacks {parameter}"),
    marked("it knows no instrument {instrument}; it has {known}"),
    marked("it has no product {product}; it has {known}"),
    marked("the computer that would make it does not answer"),
    marked("Nothing that you typed is wrong: tell whoever runs this desk."),
    marked("What it offers has changed: “mmoda list” tells what there is now."),
    marked("“mmoda list {instrument} {product}” tells what it takes: mend it and ask again."),
    marked("“mmoda list” tells what it shows to everybody."),
    marked("The token's owner asks MMODA for the role; “me token mmoda” gives one of yours instead."),
    marked("The desk asked without a token: give yours with “me token mmoda”."),
    marked("It was asked for again and lost again: ask once more in a while, or tell MMODA."),
    marked("Ask again in a while; if it stays so, tell MMODA."),
    marked("Ask again in a minute, or give the position itself."),
    marked("Check its address in the configuration: a login page may stand before it."),
    marked("An administrator checks [mmoda] url: a dispatcher's address ends in dispatch-data."),
    marked("Other times, another place or other parameters may work; its page says more."),
    marked(
        "Take a new one from MMODA's page and give it with “me token mmoda”; the desk's own is an "
        "administrator's."
    ),
    marked(
        "Lists are asked for without a token. An instrument that you know can be run by its name all the "
        "same."
    ),
)
"""The sentences of `platforms.mmoda`."""

PARAMETERS = (
    marked("{name} is {text}; at most {limit} was expected"),
    marked("{name} is {text}; at least {limit} was expected"),
    marked("{name} is {text}; one of {known} was expected"),
    marked("{name} is {text}; yes or no was expected"),
    marked("{name} is {text}; a number {bounds} was expected"),
    marked("{name} is {text}; a whole number was expected"),
    marked("{name} is {text}; a whole number {bounds} was expected"),
    marked("{name} is {text}; a time as {example} was expected"),
    marked("{name} is {text}; JSON was expected"),
    marked("T2 is {last}; a time after T1 ({first}) was expected"),
    marked("{product} of {instrument} does {longest} s at most; {asked} s were asked for"),
    marked("{product} of {instrument} has no parameter {name}; nearest: {known}"),
)
"""Of parameters of MMODA's products: those that this desk refuses, and those that MMODA does."""

WIRE = (
    marked("{service} gave no answer to {method} {path} within {seconds} s."),
    marked("{service} cannot be reached ({kind})."),
    marked("Ask again in a minute; nightdesk doctor says whether it can be reached from here."),
    marked("{service} is busy or down for the moment (HTTP {status})."),
    marked("Ask again in a minute."),
    marked("{service} answers {method} {path} by sending elsewhere ({place})."),
    marked("An administrator configures the address that it leads to."),
    marked("{service} answered with more than {most} MB, which is not read."),
    marked("Ask for less: a shorter time, a coarser binning, a smaller field."),
)
"""The sentences of `platforms.wire`."""

FOLLOWUP = (
    marked("NMMA cannot be told to stop; the desk waits for it no more."),
    marked("waits for {count} detections of {source} at {name}"),
    marked("waits for a redshift of {source} at {name}"),
    marked("waits until {name} has a source called {source}"),
    marked("job {number} has changed the request and follows it now"),
    marked("request {number} of {instrument} is not open any more: {why}"),
    marked("ask anew"),
)
"""The sentences of `platforms.skyportal.followup_work` and `platforms.rule_fits`."""

TREASURE_MAP = (
    marked("{count} of {asked} pointings are cancelled at Treasure Map."),
    marked("{count} of {asked} pointings are at Treasure Map."),
    marked("Treasure Map took none of the pointings: {why}"),
    marked("there is nothing to report"),
    marked("Mend what it names and report again."),
    marked("It takes them for others that it has: look at “pointings” before they are reported again."),
    marked("Treasure Map marked no pointing as observed: {why}"),
    marked("none of them is planned there"),
    marked("{count} of {asked} pointings are marked as observed."),
    marked("Treasure Map does not take back that a pointing was observed."),
    marked("Treasure Map left {count} of {asked} pointings planned."),
    marked("They belong to another account: who reported them cancels them."),
    marked("{count} of {asked} pointings are cancelled."),
    marked("What is cancelled at Treasure Map stays so; report it again instead."),
    marked("Treasure Map refuses {what}: {why}"),
    marked("Treasure Map does not accept the token."),
    marked("Take the one of your profile page there and give it with “me token treasuremap”."),
    marked("It learns of an event from the alert: report again in a while."),
    marked("“pointings {event}” shows how they stand there; who reported them marks them."),
    marked("Treasure Map answered {what} with something that is no list."),
    marked("Treasure Map has no {what} at {address}."),
    marked("Check treasuremap.url: older addresses with api/v0 answer no more."),
    marked("Treasure Map failed inside over {what}; nothing of what was sent was stored."),
    marked("A filter that it does not know does this: tell whoever runs this desk which plan it was."),
    marked("There is no token for Treasure Map."),
    marked("Give yours with “me token treasuremap”; the desk's own is [treasuremap] token."),
    marked("Treasure Map answered {what} with something that is no list."),
    marked("Check treasuremap.url in the configuration: a login page may stand before it."),
)
"""The sentences of `platforms.treasure_map` and its works."""


NAMES = (
    marked("{name} is no position, and no service that knows names is configured here."),
    marked("{name} is not known to {asked}; not reachable just now: {silent}."),
    marked("{name} is not known to {asked}."),
    marked("{name} cannot be looked up; not reachable just now: {silent}."),
    marked("Give right ascension and declination; an administrator may configure [resolvers]."),
    marked("Give its position."),
    marked("{service} gave no answer that can be read (HTTP {status})."),
    marked("Sesame gave no answer that can be read."),
    marked("TNS does not accept the desk's key."),
    marked("Check [resolvers] tns_key."),
)
"""The sentences of `platforms.resolvers`."""

STATUS = (
    marked("prints to this terminal"),
    marked("not asked yet"),
    marked("listens as @{name}"),
    marked("1 worker process on this machine"),
    marked("{count} worker processes on this machine"),
    marked("{new} new, {parsed} parsed, {failed} failed, {ignored} ignored"),
    marked("connected, {count} partitions"),
    marked("not connected: {why}"),
    marked("no answer yet"),
    marked("no sign of life since {instant} UTC"),
)
"""What parts of the desk say of themselves (`status`)."""

LATER = marked("ask again in a minute")
"""What the desk adds where something may work in a while."""

ENDS = (".", "!", "?", "…")

ANY_WORDS = frozenset({"why", "first", "last", "example", "expected", "instant", "other", "status", "place"})
"""What stands for any text, colons and semicolons included."""


def in_words_of(reader: Reader, sentence: str) -> str:
    """A sentence of the tracker translated, whatever it quotes left as it is; others unchanged."""
    for own, pattern in _PATTERNS:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return reader.say(own, **{k: in_words_of(reader, text) for k, text in found.groupdict().items()})
    return sentence


def said_platform(reader: Reader, error: PlatformError) -> str:
    """What a platform said, and what to do where that is known, in the reader's language."""
    said = in_words_of(reader, str(error))
    what = error.advice or (LATER if error.later else None)
    if what is None:
        return said
    advice = reader.say("What to do: {advice}", advice=in_words_of(reader, what))
    return f"{said}{'' if said.endswith(ENDS) else '.'} {advice}"


def _pattern(own: str) -> re.Pattern[str]:
    parts = (
        re.escape(literal) + (f"(?P<{name}>{'.+' if name in ANY_WORDS else r'[^:;]+?'})" if name else "")
        for literal, name, _, _ in string.Formatter().parse(own)
    )
    return re.compile("".join(parts), re.DOTALL)


SENTENCES = (
    *OWN, *NMMA, *MMODA, *PARAMETERS, *FOLLOWUP, *TREASURE_MAP, *NAMES, *WIRE, *STATUS, LATER,
    *REFUSALS, *ASKED, *WORKS, *PLANNERS, *NOTES, *SETTINGS,
)  # fmt: skip
_PATTERNS = tuple((own, _pattern(own)) for own in SENTENCES)

"""What Twilio is told to say in a call, and what it does with a pressed key (TwiML).

https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from urllib.parse import urlencode

from babel.core import get_global
from twilio.twiml.voice_response import Gather, VoiceResponse

from cards.cleaning import shorten
from cards.reader import Reader
from cards.spoken_text import keys_spoken
from cards.translation import catalogue_path

CHARACTERS = 1200  # of what is said once
MOST = 4000  # characters of TwiML that a call may be given

PATIENCE = 6  # s in which a key may be pressed after the last word
_VOICES = {"en": "en-US", "zh": "cmn-CN", "pt": "pt-PT", "es": "es-ES"}


def voice_language(reader: Reader) -> str:
    """The language Twilio reads in: the one the words are in, which is English where a catalogue lacks."""
    locale = reader.babel
    if locale.language != "en" and not (
        catalogue_path(str(locale)).is_file() or catalogue_path(locale.language).is_file()
    ):
        return _VOICES["en"]
    if locale.territory and locale.language != "zh":
        return f"{locale.language}-{locale.territory}"
    if locale.language in _VOICES:
        return _VOICES[locale.language]
    likely: str = get_global("likely_subtags").get(locale.language, "")
    return f"{locale.language}-{likely.split('_')[-1]}" if likely else _VOICES["en"]


def spoken_page(words: str, reader: Reader, hook: str | None, *, answerable: bool, times: int = 2) -> str:
    """A message read out `times` times. Keys are listened to where `hook` is there to hear of them."""
    said = shorten(f"nightdesk. {words}", CHARACTERS)
    made = _spoken(said, reader, hook, answerable=answerable, times=times)
    while len(made) > MOST and len(said) > 1:  # signs that XML writes longer
        said = shorten(said, len(said) * 3 // 4)
        made = _spoken(said, reader, hook, answerable=answerable, times=times)
    return made


def _spoken(said: str, reader: Reader, hook: str | None, *, answerable: bool, times: int) -> str:
    response, language = VoiceResponse(), voice_language(reader)
    for _ in range(times):
        if hook is None:
            response.say(said, language=language)
            response.pause(length=1)
            continue
        gather = Gather(num_digits=1, timeout=PATIENCE, action=hook, method="POST")
        gather.say(said, language=language)
        gather.say(keys_spoken(reader) if answerable else repeat_spoken(reader), language=language)
        response.append(gather)
    return str(response)


def spoken_answer(words: str, reader: Reader) -> str:
    """One sentence, and the call ends."""
    response = VoiceResponse()
    response.say(shorten(words, CHARACTERS), language=voice_language(reader))
    response.hangup()
    return str(response)


def repeat_spoken(reader: Reader) -> str:
    """What can be pressed where there is nothing to answer."""
    # Short text: spoken on the telephone
    return reader.say("Press 9 to hear it again.")


def voice_query(nonce: str, reader: Reader, page: str | None) -> str:
    """What the hook has to know of a call: which message it reads out, in which language, of which page."""
    # Nothing that would be escaped: what a proxy writes another way is no longer what Twilio signed.
    values = {"say": nonce, "lang": str(reader.babel)}
    return urlencode(values | ({"page": page} if page else {}))

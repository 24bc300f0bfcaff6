"""A card as an e-mail: plain text, and HTML for mail programs and telephones, in light and in dark.

Mail programs know little CSS and drop what they do not know, so that the words never depend on it: one
column, sizes in the elements themselves, colours of the tone said in words as well. No script, nothing
fetched from anywhere: pictures travel with the mail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from cards import text as plain
from cards.card import (
    Age,
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Instant,
    Line,
    Lines,
    Link,
    Links,
    Note,
    Picture,
    Span,
    Style,
    Table,
    Text,
    Tone,
)
from cards.card import Block as CardBlock
from cards.cleaning import shorten, web_address
from cards.reader import Reader

SUBJECT_CHARACTERS = 140
WIDTH = 76  # columns of the plain text (RFC 5322, 2.1.1, advises 78)

_COLOUR = {
    Tone.REAL: "#c62828",
    Tone.MOCK: "#7b1fa2",
    Tone.RETRACTED: "#616161",
    Tone.WARNING: "#b45309",
    Tone.INFO: "#1565c0",
    Tone.GOOD: "#2e7d32",
}
_TAG = {Style.PLAIN: "", Style.STRONG: "strong", Style.STRIKE: "s"}
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_SHEET = """
:root{color-scheme:light dark;supported-color-schemes:light dark}
body{margin:0;background:#f2f3f5;color:#1b1d21}
.page{background:#f2f3f5}.card{background:#ffffff}.quiet{color:#5f6570}a{color:#1257a8}
td.cell,th.cell{border-bottom:1px solid #e3e5e9}
@media (prefers-color-scheme:dark){
body,.page{background:#121417!important;color:#e6e8eb!important}
.card{background:#1d2025!important;color:#e6e8eb!important}
.quiet{color:#a4abb6!important}a{color:#8ab8f5!important}
td.cell,th.cell{border-bottom-color:#343941!important}}
@media (max-width:480px){.pad{padding:14px!important}}
"""


@dataclass(frozen=True)
class EmailWords:
    """What an e-mail says. The HTML shows its pictures by `cid:` and their key's content id."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Footer:
    """Why somebody gets this mail, and where it can be stopped."""

    reason: str
    unsubscribe: str | None = None  # an https address


def render_email(
    card: Card, reader: Reader, pictures: Mapping[str, str] | None = None, footer: Footer | None = None
) -> EmailWords:
    """`card` as an e-mail. `pictures`: of each picture that travels with it, the content id by its key."""
    return EmailWords(
        subject=shorten(card.summary or plain.line_text(card.title, reader), SUBJECT_CHARACTERS).strip()
        or "nightdesk",
        text=_text(card, reader, footer),
        html=_html(card, reader, pictures or {}, footer),
    )


def _text(card: Card, reader: Reader, footer: Footer | None) -> str:
    """The words alone; of buttons those that lead somewhere, with their address."""
    paragraphs = [plain.line_text(card.title, reader)]
    for block in card.blocks:
        if isinstance(block, Buttons):
            paragraphs += [
                plain.addressed(button.label, address, reader) for button, address in _leading(block)
            ]
        else:
            words = plain.render_text(Card((), card.tone, (block,)), reader, WIDTH).strip()
            paragraphs += [words] if words else []
    if footer is not None:
        said = [footer.reason]
        if footer.unsubscribe:
            said.append(plain.addressed(reader.say("Stop these e-mails"), footer.unsubscribe, reader))
        paragraphs.append("-- \n" + "\n".join(said))
    return "\n\n".join(paragraphs) + "\n"


def _html(card: Card, reader: Reader, pictures: Mapping[str, str], footer: Footer | None) -> str:
    colour = _COLOUR[card.tone]
    title = _line(card.title, reader)
    blocks = "\n".join(made for block in card.blocks for made in _block(block, reader, pictures, colour))
    return f"""<!DOCTYPE html>
<html lang="{escape(str(reader.babel).replace("_", "-"))}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{escape(plain.line_text(card.title, reader))}</title>
<style>{_SHEET}</style>
</head>
<body>
<div style="display:none;max-height:0;overflow:hidden">{escape(card.summary)}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" \
style="max-width:640px;border-top:6px solid {colour};{_FONT};font-size:16px;line-height:1.45">
<tr><td class="pad" style="padding:22px 24px">
<h1 style="margin:0 0 14px;font-size:20px;line-height:1.3;font-weight:400">{title}</h1>
{blocks}
{_footer(footer, reader)}</td></tr>
</table>
</td></tr></table>
</body>
</html>
"""


def _block(block: CardBlock, reader: Reader, pictures: Mapping[str, str], colour: str) -> Iterator[str]:
    match block:
        case Lines(lines=lines):
            yield from (f'<p style="margin:0 0 6px">{_line(line, reader)}</p>' for line in lines)
        case Table():
            yield _table(block, reader)
        case Buttons():
            made = [_button(button, address, colour) for button, address in _leading(block)]
            if made:
                yield f'<p style="margin:18px 0 14px">{" ".join(made)}</p>'
        case Links(links=links):
            yield f'<p style="margin:14px 0 6px">{_line(plain.links_line(links), reader)}</p>'
        case Note(line=line):
            yield f'<p class="quiet" style="margin:10px 0 6px;font-size:14px">{_line(line, reader)}</p>'
        case Picture(key=key, alt=alt, caption=caption):
            if key in pictures:
                yield (
                    f'<img src="cid:{escape(pictures[key])}" alt="{escape(alt)}" width="592" '
                    'style="display:block;width:100%;max-width:592px;height:auto;margin:16px 0 4px">'
                )
                if caption.strip():
                    yield f'<p class="quiet" style="margin:0 0 6px;font-size:14px">{escape(caption)}</p>'


def _table(table: Table, reader: Reader) -> str:
    """Columns for what can see it; a row with a reason instead of numbers spans them."""
    cell = 'class="cell" align="left" style="padding:5px 10px 5px 0;font-weight:400;vertical-align:top"'
    heads = "".join(
        f'<th {cell} scope="col"><span class="quiet" style="font-size:13px">{escape(column)}</span></th>'
        for column in table.columns
    )
    rows = []
    for row in table.rows:
        *cells, last = row or ((),)
        wide = len(table.columns) - len(cells)
        span = f' colspan="{wide}"' if wide > 1 else ""
        made = "".join(f"<td {cell}>{_line(each, reader)}</td>" for each in cells)
        rows.append(f"<tr>{made}<td {cell}{span}>{_line(last, reader)}</td></tr>")
    return (
        f'<p style="margin:16px 0 4px">{_line(table.title, reader)}</p>\n'
        '<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:15px">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _leading(block: Buttons) -> list[tuple[Button, str]]:
    """The buttons that lead somewhere: nothing else can be pressed in an e-mail."""
    return [(b, address) for b in block.buttons if (address := web_address(b.url)) is not None]


def _button(button: Button, address: str, colour: str) -> str:
    filled = button.style is not ButtonStyle.PLAIN
    look = f"background:{colour};color:#ffffff!important" if filled else f"color:{colour}"
    return (
        f'<a href="{escape(address)}" style="display:inline-block;padding:10px 18px;margin:0 6px 8px 0;'
        f'border:2px solid {colour};border-radius:6px;text-decoration:none;font-weight:600;{look}">'
        f"{escape(button.label)}</a>"
    )


def _footer(footer: Footer | None, reader: Reader) -> str:
    if footer is None:
        return ""
    words = escape(footer.reason)
    if footer.unsubscribe:
        stop = reader.say("Stop these e-mails")
        words += f' <a href="{escape(footer.unsubscribe)}">{escape(stop)}</a>'
    return f'<p class="quiet" style="margin:22px 0 0;font-size:13px">{words}</p>\n'


def _line(line: Line, reader: Reader) -> str:
    return "".join(_span(span, reader) for span in line)


def _span(span: Span, reader: Reader) -> str:
    match span:
        case Text(text=text, style=style):
            return _styled(escape(text), style)
        case Link(label=label, url=url):
            address = web_address(url)
            return f'<a href="{escape(address)}">{escape(label)}</a>' if address else escape(label)
        case Instant(style=style) | Age(style=style):
            return _styled(escape(plain.span_text(span, reader)), style)


def _styled(html: str, style: Style) -> str:
    tag = _TAG[style]
    return f"<{tag}>{html}</{tag}>" if tag and html.strip() else html

"""`/ack/{token}`: the page behind the link of an e-mail. GET looks and changes nothing, POST answers."""

from __future__ import annotations

from html import escape

from aiohttp import web

from cards import page_answers
from cards.card import Buttons
from cards.page_card import without_buttons
from cards.reader import Reader
from cards.text import render_text
from notifiers.paging.answers import Answer
from notifiers.paging.inbound import Inbound, LinkView

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}
_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:40rem;"
    "background:#fff;color:#111}pre{white-space:pre-wrap;font:inherit}"
    "button{font:inherit;width:100%;padding:.9rem;margin:.3rem 0;border:1px solid #555;"
    "border-radius:.5rem;background:#eee;color:#111}button.primary{background:#064;color:#fff}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}button{background:#333;color:#eee}}"
)


def routes(inbound: Inbound) -> list[web.RouteDef]:
    """The two handlers, for `WebServer`."""

    async def look(request: web.Request) -> web.Response:
        view = await inbound.look(request.match_info["token"])
        return _over() if view is None else _page(view, "")

    async def answer(request: web.Request) -> web.Response:
        token = request.match_info["token"]
        form = await request.post()
        answered = await inbound.answer_link(token, _answer_of(str(form.get("answer", ""))))
        view = await inbound.look(token) if answered is not None else None
        if answered is None or view is None:
            return _over()
        return _page(view, answered.text)

    # aiohttp answers HEAD with the GET handler: it looks, too.
    return [web.get("/ack/{token}", look), web.post("/ack/{token}", answer)]


def _answer_of(text: str) -> Answer:
    """What the form says; a POST that says nothing acknowledges, for that is what its link is for."""
    return next((each for each in Answer if each.value == text), Answer.ACKNOWLEDGE)


def _page(view: LinkView, said: str) -> web.Response:
    words = escape(render_text(without_buttons(view.card), view.reader))
    outcome = f"<p role=status><strong>{escape(said)}</strong></p>" if said else ""
    return _html(view.reader, view.card.summary, f"{outcome}<pre>{words}</pre>{_form(view)}")


def _form(view: LinkView) -> str:
    buttons = [b for block in view.card.blocks if isinstance(block, Buttons) for b in block.buttons]
    return "".join(
        f'<form method=post><button class="{escape(button.style.value)}" name=answer '
        f'value="{escape(button.action.removeprefix("page."))}">{escape(button.label)}</button></form>'
        for button in buttons
        if button.action.startswith("page.")
    )


def _over() -> web.Response:
    reader = Reader()
    return _html(reader, "nightdesk", f"<p>{escape(page_answers.link_over(reader))}</p>", status=404)


def _html(reader: Reader, title: str, body: str, status: int = 200) -> web.Response:
    text = (
        f'<!doctype html><html lang="{escape(reader.babel.language)}"><head><meta charset=utf-8>'
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)

"""Whether the web front end's address can be had."""

from __future__ import annotations

import socket

from bot.cli.inputs import InputError
from bot.settings import WebSettings


def check_address(web: WebSettings) -> None:
    """Raise `InputError` where nothing can listen on the web's address: better at once than once a minute."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            web.host, web.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise InputError(
            f"web.host, web.port: cannot listen on {web.host}:{web.port}: {error.strerror}; "
            "is a hub running already? else set another web.port"
        ) from None

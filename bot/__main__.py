"""`python -m bot` is `nightdesk`."""

from bot.cli import main

main()

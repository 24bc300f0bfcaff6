"""`python -m bot` is `nightdesk`."""

from bot.cli.app import main

main()

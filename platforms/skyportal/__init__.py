"""SkyPortal, by whatever name it goes (Fritz, iCARE): a client that knows its traps, events, plans."""

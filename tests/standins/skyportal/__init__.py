"""SkyPortal on loopback: `recorded` answers as a real one did, `portal` is a small one of our own."""

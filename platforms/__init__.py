"""SkyPortal, MMODA, Treasure Map and planners: clients and tracked jobs."""

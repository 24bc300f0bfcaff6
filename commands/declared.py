"""All commands there are: what every front end, the help and the reference page are made from."""

from __future__ import annotations

from commands import (
    candidate_commands,
    circular_commands,
    contact_commands,
    desk_commands,
    drill_commands,
    duty_commands,
    efficiency_commands,
    event_commands,
    facility_commands,
    fit_commands,
    followup_commands,
    gracedb_commands,
    job_commands,
    me_commands,
    mmoda_commands,
    nmma_commands,
    observed_commands,
    page_commands,
    plan_commands,
    pointing_commands,
    priority_commands,
    reaction_commands,
    roster_commands,
    settings_commands,
    shift_commands,
    sky_commands,
    skyportal_commands,
    source_commands,
    spectra_commands,
    subscription_commands,
    token_commands,
    told_commands,
    waiting_commands,
)
from commands.book import Book
from commands.retraction import commands as retraction_commands

GROUPS = (
    event_commands.GROUP,
    facility_commands.GROUP,
    page_commands.GROUP,
    roster_commands.GROUP,
    shift_commands.GROUP,
    me_commands.GROUP,
    mmoda_commands.GROUP,
    skyportal_commands.GROUP,
    pointing_commands.GROUP,
    job_commands.GROUP,
    plan_commands.GROUP,
    reaction_commands.GROUP,
    candidate_commands.GROUP,
)


def book() -> Book:
    """The book of this program."""
    made: list[Book] = []
    commands = (
        *event_commands.COMMANDS,
        *sky_commands.COMMANDS,
        *circular_commands.COMMANDS,
        *page_commands.COMMANDS,
        *told_commands.COMMANDS,
        *duty_commands.COMMANDS,
        *roster_commands.COMMANDS,
        *shift_commands.COMMANDS,
        *me_commands.COMMANDS,
        *token_commands.COMMANDS,
        *contact_commands.COMMANDS,
        *subscription_commands.COMMANDS,
        *facility_commands.COMMANDS,
        *skyportal_commands.COMMANDS,
        *job_commands.COMMANDS,
        *plan_commands.COMMANDS,
        *retraction_commands.COMMANDS,
        *reaction_commands.COMMANDS,
        *source_commands.COMMANDS,
        *spectra_commands.COMMANDS,
        *candidate_commands.COMMANDS,
        *priority_commands.COMMANDS,
        *followup_commands.COMMANDS,
        *fit_commands.COMMANDS,
        *observed_commands.COMMANDS,
        *efficiency_commands.COMMANDS,
        *desk_commands.COMMANDS,
        *drill_commands.COMMANDS,
        waiting_commands.confirmations_command(made),
        *mmoda_commands.COMMANDS,
        *pointing_commands.COMMANDS,
        *nmma_commands.COMMANDS,
        *gracedb_commands.COMMANDS,
        *settings_commands.COMMANDS,
        desk_commands.help_command(made),
    )
    made.append(Book(GROUPS, commands))
    return made[0]

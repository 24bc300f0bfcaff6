"""Fits at an NMMA service of the desk's own, beside those through a SkyPortal."""

from __future__ import annotations

from collections.abc import Mapping

from cards.cleaning import clean
from commands.errors import CommandError
from commands.fit_sources import FitSource, Model
from commands.job_cards.own_sentences import in_words_of
from commands.request import Request
from commands.rooms import Rooms
from platforms import nmma
from platforms.fit_results import data_of
from platforms.jobs import Wanted

DIRECT = "direct"
"""What stands before its models where a SkyPortal has them too: `direct/Me2017`."""


class NmmaFitter:
    """The models of the configured NMMA service. It wants a redshift: nothing else gives a distance."""

    name = "nmma"

    async def models(self, request: Request, rooms: Rooms) -> tuple[Model, ...]:
        service = rooms.platforms.nmma
        if service is None:
            return ()
        parameters = {key: (value,) for key, value in nmma.DEFAULTS.items()}
        # The default stands first; any other value is checked by the service's own rules.
        return tuple(
            Model(each, DIRECT, "NMMA", parameters, free=frozenset(parameters)) for each in nmma.MODELS
        )

    async def wanted(
        self, request: Request, rooms: Rooms, model: Model, what: FitSource, values: Mapping[str, str]
    ) -> Wanted:
        source, service = what.source, rooms.platforms.nmma
        assert service is not None, "a model was offered, so there is a service"
        if source.redshift is None:
            raise CommandError(
                request.reader.say(
                    "{name} has no redshift yet, and the NMMA service needs one; a SkyPortal's may not.",
                    name=clean(source.name),
                ),
                option="source",
            )
        try:
            fit = nmma.fit_request(model.name, nmma.photometry_of(what.light), source.redshift, values)
        except nmma.BadFit as error:
            raise CommandError(in_words_of(request.reader, str(error)), option="settings") from None
        return Wanted(
            nmma.KIND,
            service.name,
            {**fit.to_json(), "data": data_of(what.light)},
            source=source.name,
            event=request.place.event,
        )

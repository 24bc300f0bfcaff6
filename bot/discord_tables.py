"""Which commands Discord was told of last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from store.database import Base


class ToldCommandsRow(Base):
    """The commands that an application has in a scope (`global`, or a server's id), by their digest."""

    __tablename__ = "told_commands"

    application: Mapped[str] = mapped_column(String(24), primary_key=True)
    scope: Mapped[str] = mapped_column(String(24), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]

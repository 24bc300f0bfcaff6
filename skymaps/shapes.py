"""Placeholder so that the rooms can be imported while they are built."""

from __future__ import annotations

from typing import Any

Shape = Any

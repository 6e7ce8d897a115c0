"""Operator contracts, one package each. This tuple is the whole registration."""

from collections.abc import Mapping
from types import MappingProxyType

from app.dialects.base import Dialect
from app.dialects.rgs import RGS

DIALECTS: tuple[Dialect, ...] = (RGS,)
DEFAULT = RGS
BY_NAME: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in DIALECTS})

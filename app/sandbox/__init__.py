"""The sandbox casino: an operator to play against, with faults on demand."""

from app.sandbox.casino import DEFAULT_PLAYER, Casino, create_casino
from app.sandbox.config import CasinoConfig, CasinoCredentials

__all__ = ["DEFAULT_PLAYER", "Casino", "CasinoConfig", "CasinoCredentials", "create_casino"]

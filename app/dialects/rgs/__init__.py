"""The default contract: launch and round inbound; `/bet`, `/win` and `/refund` outbound."""

from app.dialects.base import Capabilities, Dialect
from app.dialects.rgs.codes import error_body
from app.dialects.rgs.inbound import NAME, PREFIX, router
from app.dialects.rgs.wallet import RgsWallet

RGS = Dialect(
    name=NAME,
    prefixes=(PREFIX,),
    router=router,
    error_body=error_body,
    codec=RgsWallet(),
    capabilities=Capabilities(ops_after_win=(), ops_after_loss=(), debit_deadline_ms=1500),
)

__all__ = ["RGS"]

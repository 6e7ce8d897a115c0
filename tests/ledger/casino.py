"""A small casino in the ledger: an operator, a player, a table with a short chain, a round."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.ids import new_id
from app.ledger import rounds, tenants
from app.ledger.database import Database
from app.ledger.entries import CancelBet, CashOutBet, FinishDebit, NewOp, PlaceBet, Stake
from app.ledger.journal import Journal
from app.ledger.tables import GameTable
from app.operators.model import Operator
from app.operators.provisioning import NewOperator, create_operator
from app.operators.titles import DEFAULT, table_of
from app.rounds.chains import Chain, ChainKeeper
from app.secrets import Secret, Vault
from engine.bet import BetState
from engine.money import payout

VAULT = Vault(Secret("a key of the tests, long enough to be one"))
GROWTH = 600


@dataclass
class Casino:
    """Shorthands that fill in what a test is not about."""

    database: Database
    operator: Operator
    table: GameTable
    keeper: ChainKeeper
    chain: Chain
    epoch: int = 0
    round: UUID = field(default_factory=new_id)
    nonce: int = 1

    async def player(self, name: str = "player-1") -> tenants.Session:
        session = new_id()
        await tenants.insert_session(
            self.database,
            tenants.NewSession(
                id=session,
                operator_id=self.operator.id,
                player=name,
                table_id=self.table.id,
                title=self.table.title,
                currency="USD",
                lang="en",
                country=None,
                return_url=None,
                launch_token_sha256=secrets.token_bytes(32),
                balance=None,
                expires_at=datetime.now(UTC) + timedelta(hours=1),
            ),
        )
        found = await tenants.session_by_id(self.database, session)
        assert found is not None
        return found

    async def lead(self) -> int:
        self.epoch = await rounds.take_table(self.database, self.table.id)
        return self.epoch

    async def open_round(self) -> UUID:
        """A round that takes bets, on the chain's next nonce."""
        found = await self.keeper.current(self.table)
        assert found is not None
        self.chain, self.nonce = found
        self.round = new_id()
        await rounds.open_round(
            self.database,
            round_id=self.round,
            table=self.table.id,
            epoch=self.epoch,
            chain=self.chain.id,
            nonce=self.nonce,
            server_seed_hash=self.chain.server_seed_hash(self.nonce),
        )
        return self.round

    async def close(self) -> None:
        await rounds.close_round(self.database, self.round, self.epoch)

    async def seal(self) -> rounds.Seal:
        return await rounds.seal_round(
            self.database, self.round, self.epoch, self.chain.client_seed
        )

    async def fly(self) -> rounds.Seal:
        """Close, seal and start."""
        await self.close()
        seal = await self.seal()
        await rounds.start_round(self.database, self.round, self.epoch)
        return seal

    def outcome(self, client_seed: str = "a client seed") -> rounds.Outcome:
        crash = self.chain.crash(self.nonce, client_seed)
        return rounds.Outcome(self.chain.server_seed(self.nonce), client_seed, crash)

    async def crash(self) -> list[rounds.EndedBet]:
        return await rounds.crash_round(
            self.database, self.round, self.epoch, self.outcome(), lambda _: ()
        )

    async def void(self) -> list[rounds.EndedBet]:
        return await rounds.void_round(
            self.database,
            self.round,
            self.epoch,
            self.outcome(),
            "a test",
            lambda bet: (rollback(bet.id, bet.stake),),
        )


def rollback(bet: UUID, amount: int) -> NewOp:
    return NewOp(
        id=new_id(),
        seq=2,
        kind="rollback",
        transaction_id=f"refund-{bet}",
        original_transaction_id=f"bet-{bet}",
        amount=amount,
    )


def placing(
    casino: Casino,
    session: tenants.Session,
    *,
    ref: str = "ref-1",
    slot: int = 0,
    amount: int = 1_000,
    exit_at: int = 200_000,
    lease_s: float = 10,
    max_exposure: int = 10**12,
    max_daily_loss: int | None = None,
    bet: UUID | None = None,
) -> PlaceBet:
    bet = bet or new_id()
    return PlaceBet(
        stake=Stake(
            bet=bet,
            round=casino.round,
            operator=session.operator_id,
            session=session.id,
            currency=session.currency,
            amount=amount,
            liability=payout(amount, exit_at),
        ),
        player=session.player_id,
        slot=slot,
        ref=ref,
        auto=None,
        exit_at=exit_at,
        client_seed=None,
        leaf_salt=secrets.token_hex(16),
        debit=NewOp(
            id=new_id(),
            seq=1,
            kind="debit",
            transaction_id=f"bet-{bet}",
            amount=amount,
            status="sending",
            lease_s=lease_s,
        ),
        max_exposure=max_exposure,
        max_daily_loss=max_daily_loss,
    )


def answered(placed: PlaceBet, outcome: str = "accepted") -> FinishDebit:
    return FinishDebit(
        stake=placed.stake,
        op=placed.debit.id,
        outcome=outcome,  # type: ignore[arg-type]
        rollback=rollback(placed.stake.bet, placed.stake.amount),
    )


async def accepted(journal: Journal, casino: Casino, name: str = "player-1") -> PlaceBet:
    """A bet whose debit the wallet has accepted."""
    bet = placing(casino, await casino.player(name))
    await journal.submit(bet)
    state = await journal.submit(answered(bet))
    assert state is BetState.ACCEPTED
    return bet


def cancelling(placed: PlaceBet) -> CancelBet:
    return CancelBet(stake=placed.stake, rollback=rollback(placed.stake.bet, placed.stake.amount))


def cashing_out(casino: Casino, placed: PlaceBet, multiplier: int = 150) -> CashOutBet:
    won = payout(placed.stake.amount, multiplier)
    return CashOutBet(
        bet=placed.stake.bet,
        operator=placed.stake.operator,
        currency=placed.stake.currency,
        round=casino.round,
        epoch=casino.epoch,
        multiplier=multiplier,
        elapsed_ms=1_000,
        payout=won,
        ops=(
            NewOp(
                id=new_id(),
                seq=2,
                kind="credit",
                transaction_id=f"win-{placed.stake.bet}",
                amount=won,
            ),
        ),
    )


async def open_casino(database: Database, name: str = "Casino One") -> Casino:
    made = await create_operator(
        database,
        VAULT,
        NewOperator(name=name, dialect="rgs", wallet_url="http://127.0.0.1:9/wallet"),
        growth=GROWTH,
        https_only=False,
    )
    operator = await tenants.operator_by(database, made.slug)
    assert operator is not None
    table = table_of(operator, DEFAULT, GROWTH)
    keeper = ChainKeeper(database, VAULT, length=50, may_draw_salt=True)
    found = await keeper.current(table)
    assert found is not None
    return Casino(database, operator, table, keeper, found[0])

/**
 * Own bets: how commands and the server's answers change them.
 *
 *     sending ─→ pending ─→ accepted ─→ cashed_out | lost | unknown
 *        └─→ queued ─┘          └─→ cancelled | returning ─→ refunded
 *
 * `sending`: pressed, not yet answered. `next`: meant for the next round. `cashing`, `cancelling`:
 * such a command awaits its answer. `unknown`: its round ended while nobody was connected.
 */

import { withSlot } from "./state.js";

const KEPT = 60;
/** After a result the button waits so long: a late press must not become another bet. */
export const HOLD_MS = 700;

const OPEN = ["sending", "pending", "accepted"];
const OVER = ["cashed_out", "lost", "refunded", "cancelled"];

const inSlot = (state, slot, test) => state.bets.find((bet) => bet.slot === slot && test(bet));

/** The slot's bet in the current round, while it is not over. */
export const liveBet = (state, slot) => inSlot(state, slot, (bet) => !bet.next && OPEN.includes(bet.status));

export const queuedBet = (state, slot) =>
	inSlot(state, slot, (bet) => bet.next && ["queued", "sending"].includes(bet.status));

/** The slot's bet that was cashed out in the current round. */
export const wonBet = (state, slot) =>
	inSlot(state, slot, (bet) => bet.status === "cashed_out" && bet.round === state.round?.id);

/** Bets for the player's own list: everything that moved money or is about to. */
export const listedBets = (bets) =>
	bets.filter((bet) => bet.status !== "rejected" && (bet.status !== "cancelled" || bet.bet));

/** Won minus staked over the bets that are over, in minor units; `past`: of those no longer kept. */
export const netPosition = (bets, past = 0) =>
	bets.reduce((sum, { status, payout, amount }) => {
		return status === "cashed_out" ? sum + payout - amount : status === "lost" ? sum - amount : sum;
	}, past);

/** No command awaits its answer. */
export const IDLE = { cashing: null, cancelling: false };

export function changeBet(state, ref, change) {
	if (state.bets.some((bet) => bet.ref === ref)) {
		return { ...state, bets: state.bets.map((bet) => (bet.ref === ref ? { ...bet, ...change } : bet)) };
	}
	const bets = [{ ref, ...IDLE, ...change }, ...state.bets];
	return { ...state, bets: bets.slice(0, KEPT), pastNet: netPosition(bets.slice(KEPT), state.pastNet) };
}

const changeBoth = (state, { ref, slot }, bet, panel) => withSlot(changeBet(state, ref, bet), slot, panel);

const failure = ({ code = "rejected", message }) => ({ notice: { tone: "error", code, text: message } });

const withBalance = (state, { balance }) => (balance == null ? state : { ...state, balance });

const byRef = (state, ref) => ref && state.bets.find((bet) => bet.ref === ref || bet.cashing?.ref === ref);
const byMessage = (state, { ref, bet: id }) => byRef(state, ref) || state.bets.find(({ bet }) => bet && bet === id);

/** A command of ours went out (or waits for the connection): show it at once. */
export function onSent(state, { frame }, now) {
	const { type, ref, slot, amount, auto, round } = frame;
	if (type === "bet") {
		const bet = { slot, amount, auto, round, status: "sending", next: !round, at: now, pressedIn: state.round?.id };
		return changeBoth(state, frame, bet, { notice: null });
	}
	if (type === "cancel") return changeBet(state, ref, { cancelling: true, at: now });
	const live = liveBet(state, slot);
	return live ? changeBet(state, live.ref, { cashing: { ref, at: now } }) : state;
}

export function onBet(state, message, now) {
	const { type, code, message: words, balance, ...told } = message;
	const known = byMessage(state, message);
	const next = withBalance(state, message);
	if (told.status === "rejected") return onRejected(next, known, message);
	const isBack = told.status === "cancelled" || told.status === "refunded";
	if (known && OVER.includes(known.status) && !isBack) return next;
	const queued = told.status === "queued";
	const change = { ...told, ref: known?.ref ?? told.ref, next: queued, at: now };
	if (!queued) change.round ??= known?.round ?? state.round?.id;
	if (told.status === "pending") return changeBoth(next, change, change, { notice: null });
	const notice = { tone: "info", code: `bet_${told.status}`, text: words };
	return changeBoth(next, change, { ...change, ...IDLE }, { notice });
}

/** A refused cancel leaves the bet as it is. */
function onRejected(state, known, message) {
	if (!known) return withSlot(state, message.slot, failure(message));
	const change = known.cancelling ? { cancelling: false } : { status: "rejected", ...IDLE };
	return changeBoth(state, known, change, failure(message));
}

const LOST = { status: "lost", payout: 0, ...IDLE };

export function onCashOut(state, message, now) {
	const bet = byMessage(state, message);
	if (!bet) return state;
	if (message.status !== "accepted") {
		const isOver = state.phase !== "running" && bet.status === "accepted";
		return changeBoth(state, bet, isOver ? LOST : { cashing: null }, failure(message));
	}
	const { m, payout } = message;
	const notice = { tone: "win", code: "cashed_out", m, payout };
	return changeBoth(state, bet, { status: "cashed_out", m, payout, ...IDLE }, { notice, holdUntil: now + HOLD_MS });
}

/** The bet is over; for a win the operator's wallet has answered. */
export function onSettled(state, message) {
	const next = withBalance(state, message);
	const bet = byMessage(state, message);
	if (!bet || bet.status === "refunded") return next;
	const { payout } = message;
	const status = payout > 0 || bet.status === "cashed_out" ? "cashed_out" : "lost";
	return changeBet(next, bet.ref, { status, payout, ...IDLE });
}

const riding = (state) => state.bets.filter((bet) => bet.status === "accepted" && bet.round === state.round?.id);

/** What still rides at the crash is lost, except where a cash-out awaits its answer. */
export const loseRiding = (state, now) =>
	riding(state)
		.filter((bet) => !bet.cashing)
		.reduce((next, bet) => {
			const notice = { tone: "loss", code: "lost", amount: bet.amount };
			return changeBoth(next, bet, LOST, { notice, holdUntil: now + HOLD_MS });
		}, state);

/** A void round returns what still rides; the server tells when each stake is back. */
export const returnRiding = (state) =>
	riding(state).reduce((next, bet) => {
		return changeBoth(next, bet, { status: "returning", ...IDLE }, { notice: { tone: "info", code: "bet_returning" } });
	}, state);

/** `error` names the command it is about by its ref. */
export function onError(state, message) {
	const bet = byRef(state, message.ref);
	if (!bet) return { ...state, ...failure(message) };
	const unsent = bet.status === "sending" && { status: "rejected" };
	return changeBoth(state, bet, { ...IDLE, ...unsent }, failure(message));
}

/** What a panel's main button is and what pressing it sends: what is shown is what is pressed. */

import { liveBet, queuedBet } from "./bets.js";
import { parseAmount, parseMultiplier } from "./money.js";
import { betFrame } from "./restore.js";

/** A bet just placed cannot be taken back by the same double tap. */
const SETTLE_MS = 300;

/** `place` `pending` `cancel` `queue` `unqueue` `cashout` `waiting`. */
export function actionOf(state, slot, now) {
	const live = liveBet(state, slot);
	if (live) return liveAction(state, live, now);
	if (now < state.slots[slot].holdUntil) return "waiting";
	const online = state.connection.state === "online";
	const queued = queuedBet(state, slot);
	if (queued) {
		const settling = queued.status === "sending" || queued.cancelling || now - queued.at < SETTLE_MS;
		return settling ? "pending" : online ? "unqueue" : "waiting";
	}
	if (!online || !state.limits) return "waiting";
	return isOpen(state, now) ? "place" : "queue";
}

const isOpen = (state, now) => state.phase === "betting" && now < state.round.closesAt;

function liveAction(state, bet, now) {
	if (bet.status !== "accepted" || bet.cancelling || bet.cashing) return "pending";
	if (bet.round !== state.round?.id) return "waiting";
	if (state.phase === "running") return "cashout";
	if (!isOpen(state, now) || state.connection.state !== "online") return "waiting";
	return now - bet.at < SETTLE_MS ? "pending" : "cancel";
}

const complaint = (code, params) => ({ notice: { tone: "error", code, ...params } });

/** What is in the panel's fields: `{amount, auto}` in minor units and hundredths, or `{notice}`. */
export function readDraft({ session, limits, slots }, slot) {
	const draft = slots[slot];
	const amount = parseAmount(draft.stake, session.exponent);
	if (amount === null) return complaint("bad_stake");
	if (amount < limits.min_stake) return complaint("stake_too_low", { amount: limits.min_stake });
	if (amount > limits.max_stake) return complaint("stake_too_high", { amount: limits.max_stake });
	if (!draft.autoOn) return { amount, auto: null };
	const auto = parseMultiplier(draft.auto);
	if (auto === null) return complaint("bad_auto");
	if (auto < limits.min_auto) return complaint("auto_too_low", { m: limits.min_auto });
	if (auto > limits.cap) return complaint("auto_too_high", { m: limits.cap });
	return { amount, auto };
}

/** Pressing the button now: `{frame}` to send, `{notice}` to show, or null when it does nothing. */
export function press(state, slot, now, newRef) {
	const kind = actionOf(state, slot, now);
	if (kind === "cashout") return { frame: { type: kind, ref: newRef(), slot } };
	if (kind === "cancel" || kind === "unqueue") {
		const { ref } = kind === "cancel" ? liveBet(state, slot) : queuedBet(state, slot);
		return { frame: { type: "cancel", ref, slot } };
	}
	if (kind !== "place" && kind !== "queue") return null;
	const { amount, auto, notice } = readDraft(state, slot);
	const round = kind === "place" ? state.round.id : null;
	return notice ? { notice } : { frame: betFrame({ ref: newRef(), slot, amount, auto, round }) };
}

/** The stake field after ½, 2× or Max, in minor units. */
export function quickStake(kind, { session, limits, balance, slots }, slot) {
	const now = parseAmount(slots[slot].stake, session.exponent) ?? limits.min_stake;
	const most = Math.max(limits.min_stake, Math.min(limits.max_stake, balance ?? limits.max_stake));
	if (kind === "max") return most;
	const wanted = kind === "half" ? Math.floor(now / 2) : now * 2;
	return Math.min(Math.max(wanted, limits.min_stake), kind === "half" ? limits.max_stake : most);
}

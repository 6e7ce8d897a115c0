/**
 * After a reconnect: what `welcome` says replaces what we believed, and what we had pressed without
 * an answer is either sent again under the same ref or given up, visibly.
 */

import { IDLE, changeBet } from "./bets.js";
import { withSlot } from "./state.js";

const UNFINISHED = ["sending", "pending", "accepted", "queued"];

const complain = (state, { slot }, code) => withSlot(state, slot, { notice: { tone: "error", code } });

/** Own bets as the server has them; `state` already holds the welcome's phase and round. */
export function restoreBets(state, { bets }, now) {
	const told = new Set(bets.map((bet) => bet.ref));
	const missing = state.bets.filter((bet) => !told.has(bet.ref) && UNFINISHED.includes(bet.status)).reverse();
	const next = missing.reduce((before, bet) => restoreMissing(before, bet, now), state);
	return bets.reduce((before, bet) => restoreTold(before, bet, now), next);
}

function restoreTold(state, bet, now) {
	const pressed = state.bets.find((each) => each.ref === bet.ref)?.cashing;
	const flies = bet.status === "accepted" && state.phase === "running" && bet.round === state.round?.id;
	const cashing = pressed && flies ? { ...pressed, at: now } : null;
	const next = changeBet(state, bet.ref, { ...bet, ...IDLE, next: bet.status === "queued", cashing, at: now });
	return pressed && !flies && bet.status !== "cashed_out" ? complain(next, bet, "cashout_not_sent") : next;
}

function restoreMissing(state, bet, now) {
	const { ref, status } = bet;
	if (status === "sending" && maySendAgain(state, bet)) return changeBet(state, ref, { at: now });
	if (status === "pending" || status === "accepted") return changeBet(state, ref, { ...IDLE, status: "unknown" });
	const next = changeBet(state, ref, { ...IDLE, status: "rejected" });
	return complain(next, bet, status === "queued" ? "queue_dropped" : "bet_not_sent");
}

/** A bet for one round only while that round takes bets; a bet for the next one only while the
 * round it was pressed in goes on: otherwise it could land where nobody meant it. */
function maySendAgain({ round, phase }, bet) {
	return round?.id === bet.pressedIn && bet.next === (phase !== "betting");
}

/** The frames to send again, once a welcome has been applied. */
export function unanswered(state) {
	return [...state.bets].reverse().flatMap((bet) => {
		const { ref, slot, status, cashing } = bet;
		if (status === "sending") return [betFrame(bet)];
		return cashing ? [{ type: "cashout", ref: cashing.ref, slot }] : [];
	});
}

export function betFrame({ ref, slot, amount, auto, round }) {
	return { type: "bet", ref, slot, amount, ...(auto && { auto }), ...(round && { round }) };
}

/** Whether a command has waited for its answer, on this connection, since before `deadline`. */
export const isOverdue = ({ connection, bets }, deadline) =>
	connection.state === "online" &&
	bets.some(({ status, at, cashing }) => (status === "sending" && at < deadline) || cashing?.at < deadline);

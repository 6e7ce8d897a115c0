/**
 * `reduce(state, event, now) → state`, pure. An event is a message of the server (its `type` as in
 * the play protocol) or one of the page's own, whose type starts with `my/`.
 */

import { loseRiding, onBet, onCashOut, onError, onSent, onSettled, returnRiding } from "./bets.js";
import { anchor } from "./clock.js";
import { amountText } from "./money.js";
import { restoreBets } from "./restore.js";
import { withEntry, withSlot } from "./state.js";

const HISTORY = 50;
const EXITS = 40;

/**
 * The round gathers what is said about it, in the protocol's own names, and is kept as evidence:
 * the first commitment that was heard is never replaced.
 */
function hear(state, phase, message, more = {}) {
	const id = message.round;
	const known = state.seen.get(id);
	const round = { ...known, ...message, ...more, id, hash: known?.hash ?? message.hash };
	return { ...state, phase, round, seen: withEntry(state.seen, id, round, HISTORY) };
}

const byId = (rows) => new Map(rows.map((row) => [row.id, row]));

function onWelcome(state, message, now) {
	const { phase, closes_in: closesIn, history, crowd = [] } = message;
	const next = {
		...state,
		phase,
		round: null,
		history,
		curve: message.curve,
		limits: message.limits,
		players: message.players,
		clientSeed: message.client_seed ?? "",
		rules: message.rules,
		rulesHash: message.rules_hash,
		publicSalt: message.public_salt,
		balance: message.balance ?? state.balance,
		crowd: byId(crowd),
		crowdCount: crowd.length,
		exits: [],
		clock: phase === "running" ? anchor(null, message.elapsed ?? 0, now) : null,
		connection: { ...state.connection, state: "online" },
	};
	if (!message.round) return restoreBets(next, message, now);
	const { round, hash, rules_hash } = message;
	const window = Math.max(closesIn ?? 0, state.seen.get(round)?.window ?? 0);
	const past = phase === "crashed" && history.find((each) => each.round === round);
	const more = { window, closesAt: now + (closesIn ?? 0), ...(past && { m: past.m }) };
	return restoreBets(hear(next, phase, { round, hash, rules_hash }, more), message, now);
}

function onBetting(state, message, now) {
	const window = message.closes_in;
	const more = { window, closesAt: now + window, previous: state.round?.id };
	return {
		...hear(quieted(state), "betting", message, more),
		rulesHash: message.rules_hash,
		clock: null,
		players: 0,
		crowd: new Map(),
		crowdCount: 0,
		exits: [],
	};
}

/** Panels without their notices, or without those of one tone. */
function quieted(state, tone) {
	const past = ({ notice }) => notice && (tone ? notice.tone === tone : notice.tone !== "error");
	return { ...state, slots: state.slots.map((slot) => (past(slot) ? { ...slot, notice: null } : slot)) };
}

/** Messages about another round than the one on show say nothing about this one. */
const ofRound = (step) => (state, message, now) =>
	state.round?.id === message.round ? step(state, message, now) : state;

const onRunning = (state, _message, now) => ({
	...quieted(state, "info"),
	phase: "running",
	clock: anchor(null, 0, now),
});

function onTick(state, { e, out }, now) {
	if (state.phase === "crashed" || state.phase === "void") return state;
	const next = { ...state, phase: "running", clock: anchor(state.clock, e, now) };
	if (!out) return next;
	const left = byId(out.rows);
	const crowd = byId([...state.crowd.values()].map((row) => ({ ...row, ...left.get(row.id) })));
	return { ...next, crowd, exits: [...state.exits, ...out.rows].slice(-EXITS) };
}

function onCrashed(state, message, now) {
	const { round, m } = message;
	const others = state.history.filter((past) => past.round !== round);
	const history = [{ round, m }, ...others].slice(0, HISTORY);
	return loseRiding({ ...hear(state, "crashed", message), history }, now);
}

function onCrowd(state, { full, add = [], remove = [], count }) {
	const crowd = new Map(full ? [] : state.crowd);
	for (const id of remove) crowd.delete(id);
	for (const row of add) crowd.set(row.id, row);
	return { ...state, crowd, crowdCount: count };
}

/** The first stake offered is one whole unit, where the limits allow it. */
function onSession(state, { session }, now) {
	const { limits = null, exponent } = session;
	const unit = 10 ** exponent;
	const stake = limits ? Math.min(Math.max(limits.min_stake, unit), limits.max_stake) : unit;
	const slots = state.slots.map((slot) => ({ ...slot, stake: amountText(stake, exponent) }));
	return { ...state, session, slots, limits, startedAt: now };
}

function onConnection(state, { state: link }, now) {
	const since = state.connection.state === "online" ? now : state.connection.since;
	return { ...state, connection: { state: link, latency: null, since } };
}

/** Typing answers a complaint about what was typed before, not a result. */
function onDraft(state, { slot, draft }) {
	const { notice } = state.slots[slot];
	return withSlot(state, slot, { ...draft, notice: notice?.tone === "error" ? null : notice });
}

/** `my/set` puts values into the state that nothing else depends on. */
const STEPS = {
	welcome: onWelcome,
	betting: onBetting,
	locked: ofRound((state, message) => ({ ...hear(state, "locked", message), players: message.players })),
	running: ofRound(onRunning),
	tick: ofRound(onTick),
	crashed: ofRound(onCrashed),
	void: ofRound((state, message) => returnRiding(hear(state, "void", message))),
	crowd: ofRound(onCrowd),
	bet: onBet,
	cashout: onCashOut,
	settled: onSettled,
	balance: (state, { balance }) => ({ ...state, balance }),
	error: onError,
	"my/session": onSession,
	"my/connection": onConnection,
	"my/latency": (state, { latency }) => ({ ...state, connection: { ...state.connection, latency } }),
	"my/sent": onSent,
	"my/draft": onDraft,
	"my/notice": (state, { slot, notice }) => withSlot(state, slot, { notice }),
	"my/check": (state, { round, check }) => ({ ...state, checks: withEntry(state.checks, round, check, HISTORY) }),
	"my/set": (state, { values }) => ({ ...state, ...values }),
};

export function reduce(state, event, now) {
	return Object.hasOwn(STEPS, event.type) ? STEPS[event.type](state, event, now) : state;
}

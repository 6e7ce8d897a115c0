/**
 * The one state object. It is replaced, never edited, by `reduce`; times in it are local
 * milliseconds (`performance.now()`), amounts minor units, multipliers hundredths.
 */

export const SLOTS = [0, 1];

export const initialState = () => ({
	session: null,
	fatal: null,
	connection: { state: "connecting", latency: null, since: 0 },
	phase: "waiting",
	round: null,
	clock: null,
	curve: null,
	limits: null,
	rules: null,
	rulesHash: null,
	rulesCheck: null,
	publicSalt: null,
	balance: null,
	players: 0,
	crowd: new Map(),
	crowdCount: 0,
	exits: [],
	history: [],
	/** What was heard of recent rounds while they were played: the page's own evidence. */
	seen: new Map(),
	/** Own bets, newest first; see bets.js. */
	bets: [],
	pastNet: 0,
	slots: SLOTS.map(() => ({ stake: "", auto: "2.00", autoOn: false, notice: null, holdUntil: 0 })),
	clientSeed: "",
	seedNotice: null,
	notice: null,
	dialog: null,
	checks: new Map(),
	startedAt: 0,
});

/** `map` with one entry set; of more than `most` the oldest goes. */
export function withEntry(map, key, value, most) {
	const next = new Map(map).set(key, value);
	if (next.size > most) next.delete(next.keys().next().value);
	return next;
}

export function withSlot(state, slot, change) {
	return { ...state, slots: state.slots.map((old, at) => (at === slot ? { ...old, ...change } : old)) };
}

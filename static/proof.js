/** Gathering what a check of a finished round needs, and checking it. */

import { canVerify, checkedRules, verifyRound } from "./verify.js";

const rulesOf = (state) => checkedRules(state.rules, state.rulesHash);

/** The record of a round this page watched from its commitment to its crash, or null. */
function watchedRecord(state, id, rules) {
	const seen = state.seen.get(id);
	if (!rules || rules.beacon || !seen?.hash || !seen.server_seed || seen.rules_hash !== state.rulesHash) return null;
	const { rtp_bps, cap, growth } = rules;
	const ours = { server_seed_hash: seen.hash, public_salt: state.publicSalt, beacon: null, crash: seen.m };
	return { ...seen, ...ours, rtp_bps, cap, growth };
}

function evidence(state, id) {
	const seen = state.seen.get(id) ?? {};
	const before = state.seen.get(seen.previous);
	const linked = before?.server_seed && before.nonce + 1 === seen.nonce;
	const told = state.history.find((past) => past.round === id);
	return {
		hash: seen.hash,
		rulesHash: seen.rules_hash,
		m: seen.m ?? told?.m,
		previousSeed: linked ? before.server_seed : null,
	};
}

async function fetchRecord(id) {
	const response = await fetch(`/fair/rounds/${encodeURIComponent(id)}.json`, { cache: "no-store" });
	if (!response.ok) throw new Error(`no record: ${response.status}`);
	return response.json();
}

/** `{ok, rules}`: whether the rules' text has the hash that was published; null where unknowable. */
export async function checkRules(state) {
	if (!canVerify()) return { ok: null, rules: null };
	const rules = await rulesOf(state);
	return { ok: rules !== null, rules };
}

/** Check a round from what was seen alone, right after its crash; null when that is not enough. */
export async function checkWatched(state, id) {
	const record = canVerify() && watchedRecord(state, id, await rulesOf(state));
	return record ? { record, verdict: await verifyRound(record, evidence(state, id)) } : null;
}

/** Check a round from its public record against what was seen: `{record, verdict}` or `{status}`. */
export async function checkRound(state, id) {
	if (!canVerify()) return { status: "insecure" };
	const rules = await rulesOf(state);
	const record = await fetchRecord(id).catch(() => watchedRecord(state, id, rules));
	if (!record) return { status: "unavailable" };
	if (!record.server_seed || record.crash == null) return { status: "unfinished" };
	return { record, verdict: await verifyRound(record, evidence(state, id), rules?.beacon) };
}

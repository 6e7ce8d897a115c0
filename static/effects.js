/** What a change of state causes outside the page's own picture: sounds, announcements, the host. */

import { t } from "./i18n.js";
import { times } from "./render/words.js";
import { play } from "./sound.js";

/** Compare the states around one event. `out`: `{say(text), post(event, detail), crashed(round)}`. */
export function react(before, after, out) {
	const { phase, balance, session, bets, slots } = after;
	if (phase !== before.phase) onPhase(before, after, out);
	if (balance !== before.balance && balance !== null) out.post("balance", { balance, currency: session.currency });
	if (bets !== before.bets) onBets(before.bets, bets);
	if (slots.some(({ notice }, at) => notice?.tone === "error" && notice !== before.slots[at].notice)) play("error");
}

function onPhase(before, { phase, round }, out) {
	if (round) out.post("round", { round: round.id, phase, ...(phase === "crashed" && { m: round.m }) });
	if (before.phase === "waiting") return;
	if (phase === "betting") out.say(t("live_open"));
	if (phase === "running") play("launch");
	if (phase === "crashed") {
		play("crash");
		out.say(t("live_crash", { m: times(round.m) }));
		out.crashed(round.id);
	}
}

function onBets(before, after) {
	const was = new Map(before.map((bet) => [bet.ref, bet.status]));
	for (const { ref, status } of after) {
		if (status === was.get(ref)) continue;
		if (status === "cashed_out") play("win");
		if (status === "sending") play("press");
	}
}

/** Every text of the page, by language. English is complete; others fall back to it. */

const EN = {
	balance: "Balance",
	demo: "DEMO",
	home: "Back to the casino",
	sound: "Sound",
	rules: "Rules",
	close: "Close",
	retry: "Try again",
	dismiss: "Dismiss",

	phase_waiting: "Waiting for the next round",
	phase_betting: "Place your bets",
	phase_locked: "No more bets",
	phase_running: "In flight",
	phase_crashed: "Crashed at",
	phase_void: "Round cancelled",
	void_note: "Every stake is on its way back.",
	sealing: "Sealing the bets…",
	latency: "{ms} ms",
	online: "Connected",
	connecting: "Connecting…",
	offline: "Reconnecting…",
	offline_banner: "Connection lost. Reconnecting… Accepted bets ride on, automatic cash-outs included.",
	offline_cashing: "Connection lost. Your cash-out goes out as soon as we are back, if the round still flies.",
	stalled: "No news from the server: the multiplier shown may be old.",

	panel: "Bet {n}",
	stake: "Stake",
	half: "Half",
	double: "Double",
	max: "Max",
	auto: "Auto cash-out",
	auto_target: "Auto cash-out target",
	action_place: "Bet",
	action_pending: "Placing…",
	action_cancelling: "Cancelling…",
	action_cashing: "Cashing out…",
	action_cashing_offline: "On reconnect…",
	action_cancel: "Cancel bet",
	action_queue: "Bet next round",
	action_unqueue: "Cancel next bet",
	action_cashout: "Cash out",
	action_waiting: "Waiting",
	action_aboard: "On board",
	action_won: "Cashed out",
	action_lost: "Crashed",
	auto_hint: "Automatic cash-out at {m}",
	exit_hint: "Cashes out at {m} at the latest (limit)",

	bet_accepted: "Bet accepted. Good luck!",
	bet_queued: "Bet waits for the next round.",
	bet_cancelled: "Bet cancelled, stake returned.",
	bet_refunded: "Stake returned.",
	bet_returning: "Round cancelled: your stake is on its way back.",
	cashed_out: "✓ Cashed out at {m}: {payout}",
	lost: "✕ Lost {amount}",
	bad_stake: "Please enter a stake.",
	stake_too_low: "The smallest stake is {amount}.",
	stake_too_high: "The largest stake is {amount}.",
	bad_auto: "Please enter a target such as 2.00.",
	auto_too_low: "The lowest target is {m}.",
	auto_too_high: "The highest target is {m}.",
	rejected: "The bet was not accepted.",
	bet_not_sent: "The connection dropped: this bet was not placed.",
	queue_dropped: "The connection dropped: the bet for the next round was not kept.",
	cashout_not_sent: "The cash-out did not reach us in time.",

	history: "Past rounds",
	history_item: "Round crashed at {m}: check it",
	live_bets: "Live bets",
	my_bets: "My bets",
	players: "Players: {n}",
	no_live_bets: "Bets of this round appear here.",
	no_my_bets: "Your bets appear here.",
	net: "Net",
	status_pending: "placing",
	status_sending: "placing",
	status_queued: "next round",
	status_accepted: "on board",
	status_cashed_out: "won",
	status_lost: "lost",
	status_cancelled: "cancelled",
	status_returning: "returning",
	status_refunded: "returned",
	status_unknown: "see history",
	live_crash: "Crashed at {m}.",
	live_open: "Betting is open.",

	fair_title: "Provably fair",
	fair_intro:
		"Every seed is fixed in a chain before anybody bets; its hash is published first. After the crash the seed is revealed, and your own browser recomputes the result here.",
	fair_no_beacon:
		"Whoever holds the chain's key could foresee a round, but nobody can alter one: the crash follows from seed and public salt, never from bets.",
	fair_beacon:
		"A public beacon, drawn after betting closes, is mixed in: nobody can foresee a round, nobody can alter one.",
	fair_now: "This round",
	fair_hash: "Commitment (hash of the seed)",
	fair_rules_hash: "Rules hash",
	fair_rules_ok: "✓ matches the rules' text",
	fair_rules_bad: "✗ does not match the rules' text",
	fair_salt: "Public salt",
	fair_client: "Client seed",
	fair_root: "Root of the sealed bets",
	fair_later: "after betting closes",
	fair_check: "Check of a finished round",
	fair_round: "Round {id} · crashed at {m}",
	fair_none: "No finished round yet.",
	fair_loading: "Recomputing…",
	fair_ok: "✓ Verified: this round is exactly what was committed to.",
	fair_bad: "✗ This round does not check out.",
	fair_unfinished: "This round has not finished: its seed is still secret.",
	fair_insecure: "Rounds can be checked over HTTPS only: this connection is not secure.",
	fair_unavailable: "The round's record could not be loaded.",
	fair_input: "from",
	fair_computed: "computed here",
	fair_claimed: "published",
	fair_seen: "seen before bets",
	step_commitment: "SHA-256 of the revealed seed is the commitment",
	step_chain: "The seed of the round before is this round's commitment",
	step_rules: "SHA-256 of the rules is the rules' hash",
	step_client_seed: "Client seed: SHA-256 of the salt (with bets root and beacon, if used)",
	step_digest: "HMAC-SHA256(seed, “client seed:{nonce}:crash”)",
	step_number: "Its first 52 bits as a number h",
	step_crash: "Crash: RTP·2⁵² ÷ (2⁵² − h), at least 1.00x, at most the cap",
	fair_seed: "My client seed",
	fair_seed_note: "Sealed together with your bets from your next bet on. Up to 64 plain characters.",
	fair_save: "Save",
	fair_saved: "Saved. It goes with your next bet.",
	fair_seed_bad: "Plain characters only, at most 64.",
	fair_seed_offline: "Not connected: nothing was saved.",

	rules_how: "How to play",
	rules_how_text:
		"Bet before lift-off. The multiplier climbs from 1.00x until it crashes at a point nobody chose. Cash out in time and you are paid stake × multiplier; otherwise the stake is lost. Two bets a round are possible.",
	rules_auto: "Automatic cash-out",
	rules_auto_text:
		"With a target set, the server cashes you out at exactly that multiplier, also while you are offline. A target equal to the crash wins.",
	rules_limits: "Return and limits",
	rules_rtp: "Return to player",
	rules_cap: "Highest multiplier",
	rules_stake: "Stake",
	rules_max_win: "Maximum win",
	rules_min_auto: "Lowest cash-out",
	rules_none: "none",
	rules_limits_text:
		"The return is the same whatever target you play for. Where a limit would be passed, the bet is cashed out right there; a payout is never cut. Payouts are rounded down to the smallest unit.",
	rules_drop: "If the connection drops",
	rules_drop_text:
		"Accepted bets ride on, and automatic cash-outs happen without you. A cash-out counts when it reaches our server. A bet for the next round is taken only while you are connected. When you come back, everything is restored.",
	rules_void: "If a round is cancelled",
	rules_void_text:
		"A round that cannot be finished is void: stakes still riding are returned, cash-outs already made stay paid. It keeps its place in the chain, and its seed is published.",
	rules_keys: "Keyboard",
	rules_keys_text: "Space presses the main button of the panel you used last.",
	rules_exact: "The rules as committed, word for word",

	fatal_title: "The game cannot be opened",
	fatal_over: "The game has ended here",
	fatal_no_session: "Please open the game from the casino's lobby.",
	fatal_unreachable: "The game server does not answer.",
	fatal_refused: "This link is not valid. Please open the game again.",
	fatal_1000: "The connection was closed.",
	fatal_4100: "Your session is over. Please open the game again.",
	fatal_4101: "The game was opened in another window.",
	fatal_4102: "The game is not available at this casino right now.",
	fatal_4103: "This account cannot play.",
	fatal_4104: "Your session is not known any more. Please open the game again.",
	fatal_4106: "This page is out of date.",
};

const LANGUAGES = { en: EN };
const RIGHT_TO_LEFT = ["ar", "fa", "he", "ur"];

let language = "en";

/** Use `lang` (`de`, `de-AT` …) where there is a table for it. */
export function setLanguage(lang) {
	const base = String(lang).toLowerCase().split("-")[0];
	language = LANGUAGES[base] ? base : "en";
	document.documentElement.lang = language;
	document.documentElement.dir = RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr";
}

export const currentLanguage = () => language;

export const hasText = (key) => key in EN;

/** A text with its `{names}` filled in; plain text, never markup. */
export function t(key, values = {}) {
	const text = LANGUAGES[language][key] ?? EN[key] ?? key;
	return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Fill in the page's fixed texts: `data-t` is content, `data-t-label` an accessible name. */
export function translate(root) {
	for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
	for (const node of root.querySelectorAll("[data-t-label]")) {
		node.ariaLabel = node.title = t(node.dataset.tLabel);
	}
}

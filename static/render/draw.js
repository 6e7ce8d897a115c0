/** The document as a function of the state: one pass per animation frame, touching what changed. */

import { wonBet } from "../bets.js";
import { elapsedAt, isStalled, multiplierAt } from "../clock.js";
import { hasText, t } from "../i18n.js";
import { SLOTS } from "../state.js";
import { attr, make, named, text, whenChanged } from "./dom.js";
import { fairnessDrawer } from "./fairness.js";
import { crowdDrawer, drawVisit, historyDrawer, mineDrawer } from "./lists.js";
import { buildPanel, drawPanel } from "./panel.js";
import { rulesDrawer } from "./rules.js";
import { money, noticeText, tierOf, times } from "./words.js";

/** Every node the page draws on, and its drawers. Call after the language is set. */
export function buildView() {
	const nodes = named(document);
	const panels = SLOTS.map(buildPanel);
	nodes.panels.replaceChildren(...panels.map((panel) => panel.root));
	return {
		nodes,
		panels,
		dialogs: { fairness: nodes.fairness, rules: nodes.rules },
		drawHistory: historyDrawer(nodes.history),
		drawCrowd: crowdDrawer(nodes),
		drawMine: mineDrawer(nodes),
		drawFairness: fairnessDrawer(nodes),
		drawRules: rulesDrawer(nodes),
		drawWins: whenChanged((...won) => showWins(nodes.wins, ...won)),
	};
}

export function shownMultiplier({ phase, round, curve, clock, limits }, now) {
	if (phase === "crashed") return round.m ?? 100;
	return phase === "running" ? Math.min(multiplierAt(curve, elapsedAt(clock, now)), limits.cap) : 100;
}

export function draw(view, state, now) {
	const { nodes } = view;
	const { fatal, session, round } = state;
	drawFatal(nodes, fatal);
	if (fatal || !session) return;
	const m = shownMultiplier(state, now);
	drawTop(nodes, state);
	drawBanner(nodes, state, now);
	drawReadout(nodes, state, now, m);
	view.panels.forEach((panel, slot) => drawPanel(panel, state, slot, now, m));
	view.drawHistory(state.history, state.phase);
	view.drawCrowd(session.currency, state.crowd, state.crowdCount, round?.stake_total);
	view.drawMine(state.bets, session);
	view.drawWins(session, ...SLOTS.map((slot) => wonBet(state, slot)));
	drawVisit(nodes.net, state, now);
	drawDialogs(view, state);
}

function drawFatal(nodes, fatal) {
	attr(nodes.fatal, "hidden", !fatal);
	attr(nodes.app, "hidden", Boolean(fatal));
	if (!fatal) return;
	const ours = `fatal_${fatal.code}`;
	text(nodes.fatalTitle, t(fatal.over ? "fatal_over" : "fatal_title"));
	text(nodes.fatalText, hasText(ours) ? t(ours) : fatal.message || t("fatal_refused"));
	attr(nodes.retry, "hidden", !fatal.retry);
}

function drawTop(nodes, { connection, session, balance, history, checks }) {
	const { state: link, latency } = connection;
	text(nodes.balance, balance === null ? "–" : money(session, balance));
	const words = latency === null ? "" : t("latency", { ms: latency });
	text(nodes.latency, link === "online" ? words : "…");
	attr(nodes.connection, "data-state", link);
	attr(nodes.connection, "data-quality", latency === null ? 0 : latency < 120 ? 3 : latency < 300 ? 2 : 1);
	attr(nodes.connection, "aria-label", `${t(link)} ${words}`);
	// The page checks every crash it sees; the shield tells of the latest.
	attr(nodes.fairnessOpen, "data-ok", checks.get(history[0]?.round)?.verdict?.ok.toString());
}

function drawBanner(nodes, state, now) {
	const { connection, notice, bets, session } = state;
	const down = connection.state !== "online" && state.curve && now - connection.since > 400;
	let words = noticeText(session, notice);
	if (down) words = t(bets.some((bet) => bet.cashing) ? "offline_cashing" : "offline_banner");
	else if (state.phase === "running" && isStalled(state.clock, now)) words = t("stalled");
	attr(nodes.banner, "hidden", !words);
	attr(nodes.banner, "data-tone", down ? "down" : "error");
	text(nodes.bannerText, words);
	attr(nodes.bannerClose, "hidden", down || !notice);
}

function drawReadout(nodes, { phase, round, players }, now, m) {
	attr(document.documentElement, "data-phase", phase);
	attr(nodes.phase, "data-phase", phase);
	text(nodes.phase, t(`phase_${phase}`));
	attr(nodes.multiplier, "hidden", phase !== "running" && phase !== "crashed");
	attr(nodes.multiplier, "data-tier", tierOf(m));
	text(nodes.multiplier, times(m));
	const counting = phase === "betting";
	const left = counting ? Math.max(0, round.closesAt - now) : 0;
	attr(nodes.countdown, "hidden", !counting && phase !== "locked");
	nodes.bar.style.transform = `scaleX(${left && (left / round.window).toFixed(4)})`;
	text(nodes.countdownText, left ? (left / 1000).toFixed(1) : t("sealing"));
	attr(nodes.countdownText, "data-sealing", !left);
	text(nodes.aside, phase === "void" ? `${round.reason ?? ""} · ${t("void_note")}` : "");
	text(nodes.players, players ? t("players", { n: players }) : "");
}

function showWins(node, session, ...won) {
	const chips = won.filter(Boolean).map(({ m, payout }) => {
		return make("p", { class: "win" }, `✓ ${times(m)}`, make("b", {}, `+${money(session, payout)}`));
	});
	node.replaceChildren(...chips);
}

function drawDialogs(view, state) {
	const wanted = state.dialog?.name;
	for (const [name, dialog] of Object.entries(view.dialogs)) {
		if (name === wanted && !dialog.open) dialog.showModal();
		if (name !== wanted && dialog.open) dialog.close();
	}
	if (wanted === "fairness") view.drawFairness(state);
	if (wanted === "rules" && state.limits) view.drawRules(state.limits, state.rules, state.session);
}

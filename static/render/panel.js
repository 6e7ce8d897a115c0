/** One bet panel: fields, the main button, the message under it. */

import { actionOf } from "../action.js";
import { liveBet, queuedBet, wonBet } from "../bets.js";
import { t, translate } from "../i18n.js";
import { amountText, exitMultiplier, parseAmount, payout } from "../money.js";
import { attr, named, one, text } from "./dom.js";
import { money, noticeText, times } from "./words.js";

export function buildPanel(slot) {
	const root = one("#panel").content.firstElementChild.cloneNode(true);
	translate(root);
	attr(root, "data-testid", `panel-${slot}`);
	attr(root, "aria-label", t("panel", { n: slot + 1 }));
	attr(one("input", root), "id", `stake-${slot}`);
	attr(one("label", root), "for", `stake-${slot}`);
	return { root, ...named(root), quick: [...root.querySelectorAll("[data-quick]")] };
}

export function drawPanel(panel, state, slot, now, m) {
	const kind = actionOf(state, slot, now);
	const live = liveBet(state, slot);
	const bet = live ?? queuedBet(state, slot);
	const { notice } = state.slots[slot];
	drawFields(panel, state, slot, bet);
	const [label, amount] = caption(state, slot, kind, bet, m);
	attr(panel.action, "data-action", kind);
	attr(panel.action, "aria-disabled", String(kind === "waiting" || kind === "pending"));
	attr(panel.root, "data-live", kind === "cashout");
	attr(panel.root, "data-long", state.session.exponent > 3);
	text(panel.label, label);
	text(panel.amount, amount);
	attr(panel.panelMessage, "data-tone", notice?.tone ?? "hint");
	text(panel.panelMessage, noticeText(state.session, notice) || hint(state, slot, live));
}

/** What is typed, or what the bet at hand has. */
function fieldsOf({ session, slots }, slot, bet) {
	if (!bet) return slots[slot];
	const auto = bet.auto ? amountText(bet.auto, 2) : slots[slot].auto;
	return { stake: amountText(bet.amount, session.exponent), auto, autoOn: Boolean(bet.auto) };
}

function drawFields(panel, state, slot, bet) {
	const { notice } = state.slots[slot];
	const { stake, auto, autoOn } = fieldsOf(state, slot, bet);
	const busy = Boolean(bet);
	if (panel.stake.value !== stake) panel.stake.value = stake;
	if (panel.auto.value !== auto) panel.auto.value = auto;
	if (panel.autoOn.checked !== autoOn) panel.autoOn.checked = autoOn;
	if (panel.stake.readOnly !== busy) {
		panel.stake.readOnly = panel.auto.readOnly = panel.autoOn.disabled = busy;
		for (const button of panel.quick) button.disabled = busy;
	}
	const wrong = notice?.tone === "error" ? notice.code : "";
	attr(panel.root, "data-auto", autoOn);
	attr(panel.stake, "aria-invalid", /stake|funds/.test(wrong) && "true");
	attr(panel.auto, "aria-invalid", /auto/.test(wrong) && "true");
	text(panel.currency, state.session.currency);
}

function caption(state, slot, kind, bet, m) {
	const { session, slots, phase } = state;
	const amount = bet?.amount ?? parseAmount(slots[slot].stake, session.exponent);
	const stake = amount === null ? "" : money(session, amount);
	if (kind === "cashout") {
		const now = Math.max(100, Math.min(m, bet.exit ?? m));
		return [t("action_cashout"), money(session, payout(amount, now), true)];
	}
	if (kind === "pending") return [pendingLabel(state, bet), stake];
	if (kind !== "waiting") return [t(`action_${kind}`), stake];
	if (bet) return [t("action_aboard"), stake];
	const won = wonBet(state, slot);
	if (won) return [t("action_won"), money(session, won.payout)];
	return [t(phase === "crashed" ? "action_lost" : "action_waiting"), ""];
}

function pendingLabel({ connection }, { cashing, cancelling }) {
	if (cashing) return t(connection.state === "online" ? "action_cashing" : "action_cashing_offline");
	return t(cancelling ? "action_cancelling" : "action_pending");
}

/** Where the bet leaves by itself, if that is worth knowing. */
function hint({ limits, session, slots }, slot, live) {
	if (live?.auto) return t("auto_hint", { m: times(live.exit ?? live.auto) });
	const stake = live ? live.amount : parseAmount(slots[slot].stake, session.exponent);
	if (!limits || !stake) return "";
	const exit = live?.exit ?? exitMultiplier(stake, null, limits);
	return exit > 100 && exit < limits.cap ? t("exit_hint", { m: times(exit) }) : "";
}

/** The history strip, the live bets and the player's own. */

import { listedBets, netPosition } from "../bets.js";
import { t } from "../i18n.js";
import { attr, make, text, whenChanged } from "./dom.js";
import { duration, figure, money, tierOf, times } from "./words.js";

const MOST_ROWS = 50;

export const historyDrawer = (list) =>
	whenChanged((history, phase) => {
		const items = history.map(({ round, m }, at) => {
			const label = t("history_item", { m: times(m) });
			const pill = { "data-testid": "history-item", "data-round": round, "data-tier": tierOf(m), "aria-label": label };
			return make("li", { "data-fresh": at === 0 && phase === "crashed" }, make("button", pill, times(m)));
		});
		list.replaceChildren(...items);
	});

/** Rows of four cells that are kept and refilled: `fill(row, item)` gives the cells' texts. */
function refill(list, items, fill) {
	while (list.children.length > items.length) list.lastElementChild.remove();
	while (list.children.length < items.length) list.append(make("li", {}, ...[1, 2, 3, 4].map(() => make("span"))));
	items.forEach((item, at) => {
		const row = list.children[at];
		fill(row, item).forEach((value, cell) => text(row.children[cell], value));
	});
}

/** One's own currency first, the largest stake first: amounts of two currencies do not compare. */
const inOrder = (own) => (a, b) => {
	if (a.currency === b.currency) return b.stake - a.stake;
	return (b.currency === own) - (a.currency === own) || (a.currency < b.currency ? -1 : 1);
};

export const crowdDrawer = (nodes) =>
	whenChanged((own, crowd, count, totals = {}) => {
		const rows = [...crowd.values()].sort(inOrder(own)).slice(0, MOST_ROWS);
		refill(nodes.liveBets, rows, (row, bet) => {
			const { name, stake, m, payout } = bet;
			attr(row, "data-out", m != null);
			return [name, money(bet, stake), ...(m == null ? ["", ""] : [`✓ ${times(m)}`, figure(bet, payout)])];
		});
		text(nodes.crowdCount, count ? String(count) : "");
		text(nodes.crowdTotal, Object.entries(totals).map(([currency, sum]) => money({ currency }, sum)).join(" + "));
		attr(nodes.liveEmpty, "hidden", rows.length > 0);
	});

const MARKS = { cashed_out: "✓", lost: "✕", accepted: "▲", queued: "…", sending: "…", pending: "…" };

export const mineDrawer = (nodes) =>
	whenChanged((bets, session) => {
		const rows = listedBets(bets).slice(0, MOST_ROWS);
		refill(nodes.myBets, rows, (row, { ref, status, amount, auto, m, payout }) => {
			attr(row, "data-testid", "my-bet");
			attr(row, "data-status", status);
			attr(row, "data-ref", ref);
			const left = m ? times(m) : auto ? `→ ${times(auto)}` : "";
			const won = status === "cashed_out" ? figure(session, payout) : "";
			return [`${MARKS[status] ?? "↩"} ${t(`status_${status}`)}`, figure(session, amount), left, won];
		});
		attr(nodes.mineEmpty, "hidden", rows.length > 0);
	});

export function drawVisit(node, { bets, pastNet, session, startedAt }, now) {
	const net = netPosition(bets, pastNet);
	attr(node, "data-sign", Math.sign(net));
	text(node, `${t("net")} ${net > 0 ? "+" : ""}${figure(session, net)} · ${duration(now - startedAt)}`);
}

/** State put into words: amounts in the player's currency, notices, multipliers. */

import { currentLanguage, hasText, t } from "../i18n.js";
import { exponentOf, formatAmount, formatMultiplier } from "../money.js";

/** An amount in the player's currency, or in another's `{currency}`. `full`: for numbers that move. */
export const figure = ({ currency, exponent = exponentOf(currency) }, amount, full) =>
	formatAmount(amount, exponent, currentLanguage(), full);
export const money = (session, amount, full) => `${figure(session, amount, full)} ${session.currency}`;

export const times = (m) => formatMultiplier(m, currentLanguage());

export const tierOf = (m) => (m < 200 ? 0 : m < 1000 ? 1 : 2);

/** A notice: the server's own words where it gave some, else ours for its code. */
export function noticeText(session, notice) {
	if (!notice) return "";
	const { code, amount, payout, m } = notice;
	const values = {
		amount: amount && money(session, amount),
		payout: payout && money(session, payout),
		m: m && times(m),
	};
	return notice.text || t(hasText(code) ? code : "rejected", values);
}

/** Milliseconds as `0:07`, `12:34`, `1:02:03`. */
export function duration(ms) {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	const two = (value) => String(value).padStart(2, "0");
	const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
	return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

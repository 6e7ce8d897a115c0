/** The rules dialog's figures; its prose is fixed text. */

import { t } from "../i18n.js";
import { make, text, whenChanged } from "./dom.js";
import { money, times } from "./words.js";

export const rulesDrawer = (nodes) =>
	whenChanged((limits, rules, session) => {
		const rows = {
			rules_rtp: rules ? `${JSON.parse(rules).rtp_bps / 100} %` : "",
			rules_cap: times(limits.cap),
			rules_stake: `${money(session, limits.min_stake)} – ${money(session, limits.max_stake)}`,
			rules_max_win: limits.max_win ? money(session, limits.max_win) : t("rules_none"),
			rules_min_auto: times(limits.min_auto),
		};
		const facts = Object.entries(rows).flatMap(([key, value]) => [make("dt", {}, t(key)), make("dd", {}, value)]);
		nodes.limits.replaceChildren(...facts);
		text(nodes.rulesText, rules);
	});

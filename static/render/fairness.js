/** The fairness dialog: this round's commitment, and a finished round recomputed step by step. */

import { t } from "../i18n.js";
import { make, text, whenChanged } from "./dom.js";
import { times } from "./words.js";

export function fairnessDrawer(nodes) {
	const drawNow = whenChanged((...facts) => nodes.now.replaceChildren(...commitment(...facts)));
	const drawCheck = whenChanged((id, check) => showCheck(nodes, id, check));
	const drawSeed = whenChanged((value) => {
		nodes.seed.value = value;
	});
	return ({ round, rulesHash, publicSalt, rulesCheck, dialog, checks, clientSeed, seedNotice }) => {
		text(nodes.beacon, t(rulesCheck?.rules?.beacon ? "fair_beacon" : "fair_no_beacon"));
		drawNow(round, rulesHash, publicSalt, rulesCheck?.ok ?? null);
		drawCheck(dialog.round, checks.get(dialog.round));
		drawSeed(clientSeed);
		text(nodes.seedNotice, seedNotice ? t(seedNotice) : "");
	};
}

const code = (value) => make("code", { class: "hex" }, value);

function commitment(round, rulesHash, salt, rulesOk) {
	const facts = {
		fair_hash: round?.hash ?? "–",
		fair_rules_hash: rulesHash ?? "–",
		fair_salt: salt ?? "–",
		fair_client: round?.client_seed ?? t("fair_later"),
		fair_root: round?.bets_root ?? t("fair_later"),
	};
	const remark = make("small", { "data-ok": String(rulesOk) }, t(rulesOk ? "fair_rules_ok" : "fair_rules_bad"));
	return Object.entries(facts).flatMap(([key, value]) => {
		const remarks = key === "fair_rules_hash" && rulesOk !== null ? [remark] : [];
		return [make("dt", {}, t(key)), make("dd", {}, code(value), ...remarks)];
	});
}

function showCheck({ subject, wait, result }, id, check) {
	const { record, verdict, status = "loading" } = check ?? {};
	text(subject, record ? t("fair_round", { id: id.slice(0, 8), m: times(record.crash) }) : "");
	text(wait, verdict ? "" : t(id ? `fair_${status}` : "fair_none"));
	result.replaceChildren(...(verdict ? [banner(verdict), steps(verdict, record)] : []));
}

function banner({ ok }) {
	const attributes = { class: "verdict", "data-testid": "verify-result", "data-ok": String(ok), role: "status" };
	return make("p", attributes, t(ok ? "fair_ok" : "fair_bad"));
}

const steps = (verdict, record) =>
	make("ol", { class: "steps" }, ...verdict.steps.map((step) => stepRow(step, record.nonce)));

function stepRow({ name, computed, claimed, ok, seen, input }, nonce) {
	const mark = make("b", { class: "mark" }, ok === undefined ? "·" : ok ? "✓" : "✗");
	const row = make("li", { class: "step", "data-ok": ok?.toString() }, mark, make("p", {}, t(`step_${name}`, { nonce })));
	const show = (value) => (name === "crash" ? times(value) : String(value));
	const side = (label, value) => row.append(make("div", { class: "side-by-side" }, make("small", {}, t(label)), code(value)));
	if (input) side("fair_input", input);
	side("fair_computed", show(computed));
	if (ok !== undefined) side(seen ? "fair_seen" : "fair_claimed", show(claimed));
	return row;
}

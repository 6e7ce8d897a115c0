/** The player's hands: buttons, fields, keys. Everything becomes a dispatched event or a frame. */

import { press, quickStake } from "./action.js";
import { amountText, parseAmount, parseMultiplier } from "./money.js";
import { wakeSound } from "./sound.js";

/** A fresh id for a command; `randomUUID` exists only in a secure context. */
export function newRef() {
	if (crypto.randomUUID) return crypto.randomUUID();
	return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("-");
}

/** Wire the two panels and the space bar. `game`: `{state(), dispatch(event), command(frame)}`. */
export function wirePanels(panels, game) {
	let focused = 0;
	panels.forEach((panel, slot) => {
		const focus = () => {
			focused = slot;
			panels.forEach(({ root }, at) => root.toggleAttribute("data-focused", at === slot));
		};
		panel.root.addEventListener("focusin", focus);
		panel.root.addEventListener("pointerdown", focus);
		panel.action.addEventListener("click", () => pressAction(game, slot));
		wireFields(panel, slot, game);
	});
	document.addEventListener("keydown", (event) => {
		if (event.code !== "Space" || game.state().dialog || !takesSpace(event.target)) return;
		event.preventDefault();
		if (!event.repeat) pressAction(game, focused);
	});
}

/** Buttons, links, boxes to tick and free text keep the space bar for themselves. */
const takesSpace = (target) =>
	target.matches("input[inputmode=decimal]") || !target.closest("button, a, input, dialog");

function pressAction(game, slot) {
	const { notice, frame } = press(game.state(), slot, performance.now(), newRef) ?? {};
	if (notice) game.dispatch({ type: "my/notice", slot, notice });
	if (frame) game.command(frame);
}

function wireFields({ stake, auto, autoOn, quick }, slot, game) {
	const draft = (change) => game.dispatch({ type: "my/draft", slot, draft: change });
	const tidy = (name, field, read, digits) => {
		field.addEventListener("focus", () => field.select());
		field.addEventListener("change", () => {
			const value = read(field.value, digits());
			if (value !== null) draft({ [name]: amountText(value, digits()) });
		});
	};
	tidy("stake", stake, parseAmount, () => game.state().session.exponent);
	tidy("auto", auto, parseMultiplier, () => 2);
	stake.addEventListener("input", () => draft({ stake: stake.value }));
	auto.addEventListener("input", () => draft({ auto: auto.value, autoOn: auto.value.trim() !== "" }));
	autoOn.addEventListener("change", () => draft({ autoOn: autoOn.checked, auto: auto.value.trim() || "2.00" }));
	for (const button of quick) {
		button.addEventListener("click", () => {
			const state = game.state();
			if (!state.limits) return;
			draft({ stake: amountText(quickStake(button.dataset.quick, state, slot), state.session.exponent) });
		});
	}
}

/** Header, history and dialogs. `page`: `{open(name, round), close(), sound(), dismiss(), seed(text)}`. */
export function wirePage({ nodes, dialogs }, page) {
	nodes.rulesOpen.addEventListener("click", () => page.open("rules"));
	nodes.fairnessOpen.addEventListener("click", () => page.open("fairness"));
	nodes.history.addEventListener("click", ({ target }) => {
		const { round } = target.dataset;
		if (round) page.open("fairness", round);
	});
	nodes.sound.addEventListener("click", page.sound);
	nodes.bannerClose.addEventListener("click", page.dismiss);
	for (const dialog of Object.values(dialogs)) {
		dialog.addEventListener("close", page.close);
		dialog.addEventListener("click", ({ target }) => {
			if (target === dialog || target.closest("[data-close]")) page.close();
		});
	}
	nodes.seedForm.addEventListener("submit", (event) => {
		event.preventDefault();
		page.seed(nodes.seed.value);
	});
	for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, wakeSound, { passive: true });
}

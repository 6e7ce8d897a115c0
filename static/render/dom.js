/** Touching the document only where something changed. */

const shown = new WeakMap();

export function text(node, value) {
	if (shown.get(node) === value) return;
	shown.set(node, value);
	node.textContent = value;
}

/** Set an attribute; `null` and `false` remove it, `true` leaves it empty. */
export function attr(node, name, value) {
	if (value === null || value === undefined || value === false) return node.removeAttribute(name);
	const wanted = value === true ? "" : String(value);
	if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
}

export const one = (selector, root = document) => root.querySelector(selector);

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** The nodes within `root` by their name: `data-n`, or the test id in camel case. */
export function named(root) {
	const nodes = [...root.querySelectorAll("[data-n], [data-testid]")];
	return Object.fromEntries(nodes.map((node) => [node.dataset.n ?? camel(node.dataset.testid), node]));
}

export function make(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) attr(node, name, value);
	node.append(...children);
	return node;
}

/** Run `paint` only when one of the values differs from the last time. */
export function whenChanged(paint) {
	let last = null;
	return (...values) => {
		if (last && values.every((value, at) => value === last[at])) return;
		last = values;
		paint(...values);
	};
}

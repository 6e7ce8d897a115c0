/** Small pieces of DOM. Text only ever goes in as text. */

export const byId = (id) => document.getElementById(id);

/** `make("td", {className: "money"}, "1.00", child, …)`; `data` and `aria` are objects of their own. */
export function make(tag, { data = {}, aria = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Epoch milliseconds as the viewer's time of day. */
export const timeOf = (at) => TIME.format(at);

/** The middle of a long id left out. */
export const short = (id) => (id.length > 13 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id);

/** JSON indented; anything else as it is. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The fault switches: a row a kind, a column an endpoint. */

import { post } from "./casino.js";
import { byId, make } from "./dom.js";

const ENDPOINTS = ["bet", "win", "refund", "all"];

const KINDS = {
  delay: ["Delay", "Wait first, then work as always."],
  timeout: ["Time out", "Do it, then hold the answer back."],
  error_before: ["500 before", "Answer 500 and do nothing."],
  error_after: ["500 after", "Do it, then answer 500."],
  decline: ["Decline", "Refuse properly, for no reason."],
  reset_before: ["Reset before", "Cut the connection and do nothing."],
  reset_after: ["Reset after", "Do it, then cut the connection."],
  reset_mid_body: ["Reset mid-body", "Do it, then cut the answer in half."],
  html: ["HTML 200", "Do it, then answer with a web page."],
  truncated: ["Half the JSON", "Do it, then answer half the JSON."],
};

const buttons = new Map();

/** Build the table once. `onError(message)` tells what a switch could not do. */
export function buildFaults(onError) {
  const rows = Object.entries(KINDS).map(([kind, [name, title]]) => {
    const cells = ENDPOINTS.map((endpoint) => make("td", {}, button(endpoint, kind, name, onError)));
    return make("tr", {}, make("th", { scope: "row", title }, name), ...cells);
  });
  byId("faults").replaceChildren(...rows);
  byId("faults-clear").addEventListener("click", () => turn({ on: false }, onError));
}

/** Show which switches are on. */
export function showFaults(switches) {
  const on = new Map(switches.map((one) => [`${one.endpoint} ${one.kind}`, one]));
  for (const [key, element] of buttons) {
    const one = on.get(key);
    element.setAttribute("aria-checked", String(Boolean(one)));
    element.textContent = one ? told(one) : "off";
  }
  byId("faults-clear").disabled = switches.length === 0;
}

function told({ calls_left: left, percent }) {
  if (left !== null) return `×${left}`;
  return percent < 100 ? `${percent}%` : "on";
}

function button(endpoint, kind, name, onError) {
  const element = make("button", {
    type: "button",
    data: { testid: `fault-${endpoint}-${kind}` },
    aria: { checked: "false", label: `${name}, ${endpoint}` },
  });
  element.setAttribute("role", "switch");
  element.textContent = "off";
  element.addEventListener("click", () => {
    const on = element.getAttribute("aria-checked") !== "true";
    turn({ endpoint, kind, on, ...(on ? settings(kind) : {}) }, onError);
  });
  buttons.set(`${endpoint} ${kind}`, element);
  return element;
}

function settings(kind) {
  const often = document.querySelector("input[name=often]:checked").value;
  const waits = { delay: "fault-delay-ms", timeout: "fault-timeout-ms" };
  return {
    ...(often === "calls" && { calls: byId("fault-calls").valueAsNumber }),
    ...(often === "percent" && { percent: byId("fault-percent").valueAsNumber }),
    ...(kind in waits && { ms: byId(waits[kind]).valueAsNumber }),
  };
}

async function turn(fields, onError) {
  try {
    showFaults((await post("/faults", fields)).switches);
  } catch (error) {
    onError(error.message);
  }
}

/** The list of callbacks: a line each, and everything behind it. */

import { byId, make, pretty, timeOf } from "./dom.js";
import { format } from "./money.js";

const MOST = 100;

const list = byId("callbacks");
let newest = 0;

/** Put the new ones on top; those that are shown already are passed over. */
export function addCallbacks(callbacks) {
  const fresh = callbacks.filter((one) => one.id > newest);
  if (fresh.length) newest = fresh[0].id;
  list.prepend(...fresh.map(item));
  while (list.children.length > MOST) list.lastChild.remove();
  byId("no-callbacks").hidden = list.children.length > 0;
}

function item(callback) {
  const { endpoint, status, signature, fault } = callback;
  const good = signature === "ok" && status === 200 && !fault;
  return make(
    "li",
    { data: { testid: "callback", endpoint, good } },
    make("details", {}, make("summary", {}, ...line(callback)), details(callback)),
  );
}

function line({ at, endpoint, body, status, signature, fault }) {
  const call = fieldsOf(body);
  const amount = Number.isInteger(call.amount_minor) ? format(call.amount_minor, call.currency) : "";
  return [
    make("time", {}, timeOf(at)),
    make("b", { className: `kind ${endpoint}` }, endpoint),
    make("span", { className: "amount" }, amount && `${amount} ${call.currency ?? ""}`),
    make("span", { className: "caller" }, String(call.operator_player_id ?? "")),
    make("span", { className: "marks" }, ...marks(status, signature, fault)),
  ];
}

function marks(status, signature, fault) {
  const signed = signature === "ok";
  return [
    fault && make("span", { className: "mark fault" }, fault),
    make("span", { className: `mark ${signed ? "good" : "bad"}` }, signed ? "signed" : signature),
    make("span", { className: `mark ${status === 200 ? "good" : "bad"}` }, String(status ?? "cut")),
  ].filter(Boolean);
}

function details({ base_string, headers, body, response, path, took_ms }) {
  const sent = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const parts = [
    ["Signature base string", base_string, "base-string"],
    ["Request", [`POST ${path}`, ...sent].join("\n"), "headers"],
    ["Body", pretty(body), "body"],
    ["Answer", pretty(response) || "none: the connection was cut", "response"],
    ["Decided after", `${took_ms} ms`, "took"],
  ];
  const shown = parts.flatMap(([name, text, testid]) => [
    make("dt", {}, name),
    make("dd", {}, make("pre", { data: { testid: `callback-${testid}` } }, text)),
  ]);
  return make("dl", {}, ...shown);
}

function fieldsOf(body) {
  try {
    const fields = JSON.parse(body);
    return fields && typeof fields === "object" ? fields : {};
  } catch {
    return {};
  }
}

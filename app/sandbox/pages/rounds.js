/** The player's books: totals, and a line a round that can be compared with Apogee's record. */

import { get } from "./casino.js";
import { byId, make, short, timeOf } from "./dom.js";
import { format, formatNet } from "./money.js";

const compared = new Map();
let shown = { rounds: [], currency: "" };

/** Draw the books of one player anew. */
export function showBooks({ player, totals, rounds }) {
  const { currency } = player;
  shown = { rounds, currency };
  const net = totals.wins_minor + totals.refunds_minor - totals.bets_minor;
  const entries = [
    ["Deposited", format(totals.deposits_minor, currency)],
    ["Staked", format(totals.bets_minor, currency)],
    ["Won", format(totals.wins_minor, currency)],
    ["Refunded", format(totals.refunds_minor, currency)],
    ["Net", formatNet(net, currency)],
    ["Ledger", totals.balanced ? "balanced" : "DOES NOT ADD UP"],
  ];
  const cells = entries.map(([name, value]) => {
    const state = name === "Net" ? Math.sign(net) : name === "Ledger" ? (totals.balanced ? 1 : -1) : 0;
    return make("div", {}, make("dt", {}, name), make("dd", { data: { sign: state } }, value));
  });
  byId("totals").replaceChildren(...cells);
  draw();
}

function draw() {
  const { rounds, currency } = shown;
  byId("rounds").replaceChildren(...rounds.map((one) => row(one, currency)));
  byId("no-rounds").hidden = rounds.length > 0;
}

function row(round, currency) {
  const { round_id, at, note } = round;
  const money = (minor) => (minor === null ? "–" : format(minor, currency));
  const name = make(
    "th",
    { scope: "row" },
    make("span", { className: "id", title: round_id }, short(round_id)),
    make("time", {}, timeOf(at)),
  );
  const bet = note === "declined" ? "declined" : note === "tombstone" ? "cancelled" : money(round.bet_minor);
  const sign = Math.sign(round.net_minor);
  return make(
    "tr",
    { data: { testid: "round", round: round_id } },
    name,
    make("td", { data: { name: "Bet" } }, bet),
    make("td", { data: { name: "Win" } }, money(round.win_minor)),
    make("td", { data: { name: "Refund" } }, money(round.refund_minor)),
    make("td", { data: { name: "Net", sign } }, formatNet(round.net_minor, currency)),
    make("td", {}, comparison(round_id)),
  );
}

function comparison(roundId) {
  const told = compared.get(roundId);
  const compareIt = async () => {
    compared.set(roundId, await compare(roundId));
    draw();
  };
  const label = told ? null : { label: `Compare round ${roundId} with Apogee's record` };
  const button = make("button", { type: "button", aria: label ?? {}, onclick: compareIt }, told?.text ?? "compare");
  if (told) {
    button.className = `mark ${told.agree ? "good" : "bad"}`;
    button.dataset.testid = "agreement";
    button.title = "Compare again";
  }
  return button;
}

async function compare(roundId) {
  try {
    const { agree, reasons } = await get(`/round/${encodeURIComponent(roundId)}`);
    return { agree, text: agree ? "agrees" : reasons.join(" ") };
  } catch (error) {
    return { agree: false, text: error.message };
  }
}

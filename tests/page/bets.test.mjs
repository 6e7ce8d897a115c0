import assert from "node:assert/strict";
import { test } from "node:test";
import { HOLD_MS, liveBet, listedBets, netPosition, queuedBet } from "../../static/bets.js";
import { reduce } from "../../static/reduce.js";
import { after, answer, betOf, betting, crashed, inBetting, inFlight, order, sent, welcome } from "./messages.mjs";

const cashedOut = (change = {}) => ({ type: "cashout", ref: "c", slot: 0, status: "accepted", bet: "bet-a", m: 150, payout: 150, ...change });
const pressCashOut = sent({ type: "cashout", ref: "c", slot: 0 });

test("a pressed bet shows at once and turns into what the server says", () => {
  const pressed = after(inBetting(), [sent(order())]);
  assert.equal(liveBet(pressed, 0).status, "sending");
  const state = after(pressed, [answer("pending"), answer("accepted", { balance: 9900, exit: 200000 })]);
  assert.equal(liveBet(state, 0).status, "accepted");
  assert.equal(liveBet(state, 0).exit, 200000);
  assert.equal(state.balance, 9900);
  assert.equal(state.bets.length, 1);
});

test("the two slots do not touch each other", () => {
  const state = after(inBetting(), [sent(order()), sent(order({ ref: "b", slot: 1 })), answer("rejected", { ref: "b", slot: 1, code: "stake_too_high" })]);
  assert.equal(liveBet(state, 0).ref, "a");
  assert.equal(liveBet(state, 1), undefined);
  assert.equal(state.slots[0].notice, null);
  assert.equal(state.slots[1].notice.code, "stake_too_high");
});

test("a refused bet leaves the slot free and gives the server's reason", () => {
  const state = after(inBetting(), [sent(order()), answer("rejected", { code: "insufficient_funds", message: "Top up first" })]);
  assert.equal(liveBet(state, 0), undefined);
  assert.equal(state.slots[0].notice.text, "Top up first");
  assert.deepEqual(listedBets(state.bets), []);
});

test("a refused cancel leaves the bet where it is", () => {
  const cancelling = after(inFlight(), [sent({ type: "cancel", ref: "a", slot: 0 })]);
  for (const refusal of [answer("rejected", { code: "betting_closed" }), { type: "error", ref: "a", code: "betting_closed" }]) {
    const state = reduce(cancelling, refusal, 0);
    assert.equal(liveBet(state, 0).status, "accepted");
    assert.equal(liveBet(state, 0).cancelling, false);
    assert.equal(state.slots[0].notice.code, "betting_closed");
  }
});

test("a bet for the next round waits, and becomes that round's bet", () => {
  const pressed = after(inFlight(), [cashedOut(), sent(order({ ref: "b", round: undefined }))]);
  assert.equal(liveBet(pressed, 0), undefined);
  const queued = after(pressed, [answer("queued", { ref: "b" })]);
  assert.equal(queuedBet(queued, 0).ref, "b");
  assert.equal(liveBet(queued, 0), undefined);
  const placed = after(queued, [betting("r2"), answer("pending", { ref: "b", bet: "bet-b", round: "r2" })]);
  assert.equal(queuedBet(placed, 0), undefined);
  assert.equal(liveBet(placed, 0).round, "r2");
});

test("a cash-out is told by the server alone", () => {
  const pressed = after(inFlight(), [pressCashOut]);
  assert.equal(liveBet(pressed, 0).cashing.ref, "c");
  const state = reduce(pressed, cashedOut(), 1000);
  assert.equal(betOf(state).status, "cashed_out");
  assert.equal(betOf(state).payout, 150);
  assert.equal(state.slots[0].holdUntil, 1000 + HOLD_MS);
  assert.equal(state.slots[0].notice.tone, "win");
});

test("an automatic cash-out carries the bet's own ref", () => {
  const state = after(inFlight(), [cashedOut({ ref: "a", bet: undefined })]);
  assert.equal(betOf(state).status, "cashed_out");
});

test("at the crash what still rides is lost", () => {
  const state = after(inFlight(), [crashed("r1", 200)]);
  assert.equal(betOf(state).status, "lost");
  assert.equal(netPosition(state.bets), -100);
});

test("a cash-out on its way at the crash waits for the server's word", () => {
  const waiting = after(inFlight(), [pressCashOut, crashed("r1", 200)]);
  assert.equal(betOf(waiting).status, "accepted");
  assert.equal(betOf(reduce(waiting, cashedOut(), 0)).status, "cashed_out");
  assert.equal(betOf(reduce(waiting, cashedOut({ status: "rejected", code: "too_late" }), 0)).status, "lost");
});

test("a cash-out told after the crash corrects the picture", () => {
  const state = after(inFlight(), [crashed("r1", 200), cashedOut({ ref: "a" })]);
  assert.equal(betOf(state).status, "cashed_out");
  assert.equal(netPosition(state.bets), 50);
});

test("a refused cash-out in flight may be pressed again", () => {
  const state = after(inFlight(), [pressCashOut, cashedOut({ status: "rejected", code: "too_early" })]);
  assert.equal(liveBet(state, 0).cashing, null);
  assert.equal(state.slots[0].notice.code, "too_early");
});

test("a settled win brings the wallet's balance", () => {
  const state = after(inFlight(), [cashedOut({ ref: "a" }), { type: "settled", bet: "bet-a", slot: 0, payout: 150, balance: 10050 }]);
  assert.equal(state.balance, 10050);
  assert.equal(betOf(state).status, "cashed_out");
});

test("a settlement is about the bet it names", () => {
  const other = { ref: "b", slot: 1, bet: "bet-b" };
  const state = after(inFlight(), [answer("accepted", other), { type: "settled", bet: "bet-a", slot: 0, payout: 0 }]);
  assert.equal(betOf(state).status, "lost");
  assert.equal(betOf(state, "b").status, "accepted");
});

test("a bet that is over is not reopened by a repeated answer", () => {
  const state = after(inFlight(), [cashedOut({ ref: "a" }), answer("accepted")]);
  assert.equal(betOf(state).status, "cashed_out");
});

test("a void round frees the slot while the stake is on its way back", () => {
  const state = after(inFlight(), [{ type: "void", round: "r1", reason: "maintenance" }]);
  assert.equal(liveBet(state, 0), undefined);
  assert.equal(betOf(state).status, "returning");
  assert.equal(betOf(after(state, [answer("refunded", { balance: 10000 })])).status, "refunded");
  assert.equal(netPosition(state.bets), 0);
});

test("a void round does not take back what was cashed out", () => {
  const state = after(inFlight(), [cashedOut({ ref: "a" }), { type: "void", round: "r1", reason: "x" }]);
  assert.equal(betOf(state).status, "cashed_out");
});

test("an error about no command of ours is shown to all", () => {
  const state = reduce(inBetting(), { type: "error", code: "busy", message: "Too many commands" }, 0);
  assert.equal(state.notice.text, "Too many commands");
});

test("typing answers a complaint about what was typed, not a result", () => {
  const draft = { type: "my/draft", slot: 0, draft: { stake: "2.00" } };
  const complained = after(inBetting(), [sent(order()), answer("rejected", { code: "stake_too_low" }), draft]);
  assert.equal(complained.slots[0].notice, null);
  assert.equal(complained.slots[0].stake, "2.00");
  const won = after(inFlight(), [cashedOut({ ref: "a" }), draft]);
  assert.equal(won.slots[0].notice.tone, "win");
});

test("the list of own bets is bounded, the net position counts them all", () => {
  let state = inBetting();
  for (let at = 0; at < 200; at += 1) {
    const settled = { type: "settled", bet: `b${at}`, slot: 0, payout: 0 };
    state = after(state, [answer("accepted", { ref: `r${at}`, bet: `b${at}` }), settled]);
  }
  assert.ok(state.bets.length <= 60);
  assert.equal(state.bets[0].ref, "r199");
  assert.equal(netPosition(state.bets, state.pastNet), -20000);
});

test("bets placed on another page of the same player appear", () => {
  const state = after(inBetting(), [answer("accepted", { ref: "elsewhere" })]);
  assert.equal(liveBet(state, 0).ref, "elsewhere");
  assert.equal(after(state, [welcome()]).bets[0].status, "unknown");
});

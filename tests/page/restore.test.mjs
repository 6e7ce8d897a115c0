import assert from "node:assert/strict";
import { test } from "node:test";
import { liveBet, queuedBet } from "../../static/bets.js";
import { reduce } from "../../static/reduce.js";
import { isOverdue, unanswered } from "../../static/restore.js";
import { after, answer, betOf, crashed, inBetting, inFlight, order, sent, welcome } from "./messages.mjs";

const mine = (status, change = {}) => ({ ref: "a", slot: 0, status, amount: 100, bet: "bet-a", round: "r1", ...change });
const pressCashOut = sent({ type: "cashout", ref: "c", slot: 0 });
const flying = (bets, round = "r1") => welcome({ phase: "running", elapsed: 2000, closes_in: undefined, round, bets });

test("a bet that was never answered is sent again under the same ref while its round is open", () => {
  const state = after(inBetting(), [sent(order({ auto: 200 })), welcome()]);
  assert.deepEqual(unanswered(state), [order({ auto: 200 })]);
});

test("a bet the server already has is not sent again", () => {
  const state = after(inBetting(), [sent(order()), welcome({ bets: [mine("accepted")] })]);
  assert.deepEqual(unanswered(state), []);
  assert.equal(liveBet(state, 0).status, "accepted");
});

test("a bet for a round that has closed meanwhile is given up, and the player is told", () => {
  for (const back of [welcome({ phase: "locked", closes_in: undefined }), welcome({ round: "r2" })]) {
    const state = after(inBetting(), [sent(order()), back]);
    assert.deepEqual(unanswered(state), []);
    assert.equal(liveBet(state, 0), undefined);
    assert.equal(state.slots[0].notice.code, "bet_not_sent");
  }
});

test("a bet for the next round is sent again only while the round it was pressed in goes on", () => {
  const pressed = after(inFlight(), [crashed("r1", 150), sent(order({ ref: "b", round: undefined }))]);
  const still = reduce(pressed, welcome({ phase: "crashed", closes_in: undefined }), 0);
  assert.deepEqual(unanswered(still), [{ type: "bet", ref: "b", slot: 0, amount: 100 }]);
  assert.deepEqual(unanswered(reduce(pressed, welcome({ round: "r2" }), 0)), []);
});

test("a cash-out without an answer goes out again while the same round flies", () => {
  const state = after(inFlight(), [pressCashOut, flying([mine("accepted")])]);
  assert.deepEqual(unanswered(state), [{ type: "cashout", ref: "c", slot: 0 }]);
});

test("a cash-out that came too late to be sent is dropped, and the player is told", () => {
  const state = after(inFlight(), [pressCashOut, welcome({ phase: "crashed", closes_in: undefined, bets: [mine("lost")] })]);
  assert.deepEqual(unanswered(state), []);
  assert.equal(betOf(state).status, "lost");
  assert.equal(state.slots[0].notice.code, "cashout_not_sent");
});

test("a cash-out that did arrive is not sent again", () => {
  const state = after(inFlight(), [pressCashOut, flying([mine("cashed_out", { m: 130, payout: 130 })])]);
  assert.deepEqual(unanswered(state), []);
  assert.equal(betOf(state).payout, 130);
  assert.notEqual(state.slots[0].notice?.code, "cashout_not_sent");
});

test("a bet whose round is long over is not guessed at", () => {
  const state = after(inFlight(), [flying([], "r9")]);
  assert.equal(betOf(state).status, "unknown");
});

test("a waiting bet that the server has let go is gone, and the player is told", () => {
  const state = after(inFlight(), [crashed("r1", 120), answer("queued", { ref: "b" }), welcome({ round: "r2" })]);
  assert.equal(queuedBet(state, 0), undefined);
  assert.equal(state.slots[0].notice.code, "queue_dropped");
});

test("after a reload the bets come from the server alone", () => {
  const queued = { ref: "q", slot: 1, status: "queued", amount: 300 };
  const state = inBetting({ bets: [mine("accepted", { auto: 150, exit: 150 }), queued] });
  assert.equal(liveBet(state, 0).auto, 150);
  assert.equal(queuedBet(state, 1).amount, 300);
});

test("a command of this connection that is not answered in time is overdue", () => {
  const state = reduce(inBetting(), sent(order()), 1000);
  assert.equal(isOverdue(state, 999), false);
  assert.equal(isOverdue(state, 1001), true);
  assert.equal(isOverdue(reduce(state, { type: "my/connection", state: "offline" }, 1), 1001), false);
  assert.equal(isOverdue(reduce(state, welcome(), 2000), 1001), false);
});

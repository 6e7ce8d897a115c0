import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, press, quickStake, readDraft } from "../../static/action.js";
import { HOLD_MS } from "../../static/bets.js";
import { reduce } from "../../static/reduce.js";
import { initialState } from "../../static/state.js";
import { after, answer, betting, crashed, inBetting, inFlight, locked, order, sent, session, welcome } from "./messages.mjs";

const ref = () => "new";
const typed = (state, draft) => after(state, [{ type: "my/draft", slot: 0, draft }]);
const offline = { type: "my/connection", state: "offline" };

test("each moment has its button", () => {
  const pressed = after(inBetting(), [sent(order())]);
  const accepted = after(pressed, [answer("accepted")]);
  assert.equal(actionOf(inBetting(), 0, 10), "place");
  assert.equal(actionOf(pressed, 0, 10), "pending");
  assert.equal(actionOf(accepted, 0, 4000), "cancel");
  assert.equal(actionOf(accepted, 0, 5000), "waiting");
  assert.equal(actionOf(after(accepted, [locked("r1")]), 0, 5500), "waiting");
  assert.equal(actionOf(inFlight(), 0, 9000), "cashout");
  assert.equal(actionOf(inFlight(), 1, 9000), "queue");
});

test("before the welcome, and while disconnected, nothing can be placed", () => {
  assert.equal(actionOf(after(initialState(), [session()]), 0, 0), "waiting");
  assert.equal(actionOf(after(inBetting(), [offline]), 0, 10), "waiting");
});

test("a table that waits for its first round takes bets for it", () => {
  assert.equal(actionOf(inBetting({ phase: "waiting", round: undefined, hash: undefined, closes_in: undefined }), 0, 0), "queue");
});

test("once the window has closed here, the button bets on the next round", () => {
  assert.equal(actionOf(inBetting(), 0, 4999), "place");
  assert.equal(actionOf(inBetting(), 0, 5000), "queue");
  assert.deepEqual(press(inBetting(), 0, 10, ref).frame, order({ ref: "new" }));
  assert.equal(press(inBetting(), 0, 5000, ref).frame.round, undefined);
});

test("a double tap neither cancels the bet it placed nor bets again", () => {
  const accepted = reduce(reduce(inBetting(), sent(order()), 1000), answer("accepted"), 1010);
  assert.equal(press(accepted, 0, 1100, ref), null);
  assert.deepEqual(press(accepted, 0, 1400, ref).frame, { type: "cancel", ref: "a", slot: 0 });
});

test("a press that comes after the result does not become another bet", () => {
  const won = reduce(inFlight(), { type: "cashout", ref: "a", slot: 0, status: "accepted", bet: "bet-a", m: 150, payout: 150 }, 1000);
  const lost = reduce(inFlight(), crashed("r1", 150), 1000);
  for (const state of [won, lost]) {
    assert.equal(press(state, 0, 1000 + HOLD_MS - 1, ref), null);
    assert.equal(actionOf(state, 0, 1000 + HOLD_MS), "queue");
  }
});

test("cashing out is sent once", () => {
  const first = press(inFlight(), 0, 9000, ref);
  assert.deepEqual(first.frame, { type: "cashout", ref: "new", slot: 0 });
  assert.equal(press(after(inFlight(), [sent(first.frame)]), 0, 9000, ref), null);
});

test("a cash-out may be pressed while disconnected", () => {
  assert.equal(actionOf(after(inFlight(), [offline]), 0, 9000), "cashout");
});

test("a waiting bet can be taken back", () => {
  const queued = after(inFlight(), [crashed("r1", 120), answer("queued", { ref: "b" })]);
  assert.equal(actionOf(queued, 0, 9000), "unqueue");
  assert.deepEqual(press(queued, 0, 9000, ref).frame, { type: "cancel", ref: "b", slot: 0 });
});

test("a bet of a past round does not offer to cash out in this one", () => {
  const state = after(inFlight(), [sent({ type: "cashout", ref: "c", slot: 0 }), crashed("r1", 120), betting("r2"), locked("r2"), { type: "running", round: "r2" }]);
  assert.equal(actionOf(state, 0, 9000), "pending");
});

test("what is typed is held against the limits before it is sent", () => {
  const complaint = (draft) => readDraft(typed(inBetting(), draft), 0).notice.code;
  assert.equal(complaint({ stake: "" }), "bad_stake");
  assert.equal(complaint({ stake: "0.99" }), "stake_too_low");
  assert.equal(complaint({ stake: "1000.01" }), "stake_too_high");
  assert.equal(complaint({ stake: "1", autoOn: true, auto: "x" }), "bad_auto");
  assert.equal(complaint({ stake: "1", autoOn: true, auto: "1.00" }), "auto_too_low");
  assert.equal(complaint({ stake: "1", autoOn: true, auto: "2000.01" }), "auto_too_high");
  assert.deepEqual(readDraft(typed(inBetting(), { stake: "1.5", autoOn: true, auto: "3" }), 0), { amount: 150, auto: 300 });
  assert.deepEqual(readDraft(typed(inBetting(), { stake: "1.5", autoOn: false, auto: "x" }), 0), { amount: 150, auto: null });
});

test("½, 2× and Max stay within limits and balance", () => {
  const from = (stake, change) => typed(inBetting(change), { stake });
  assert.equal(quickStake("half", from("3.01"), 0), 150);
  assert.equal(quickStake("half", from("1.00"), 0), 100);
  assert.equal(quickStake("double", from("3.00"), 0), 600);
  assert.equal(quickStake("double", from("60.00"), 0), 10000);
  assert.equal(quickStake("max", from("1.00"), 0), 10000);
  assert.equal(quickStake("max", from("1.00", { balance: 9000000 }), 0), 100000);
  assert.equal(quickStake("max", from("1.00", { balance: 5 }), 0), 100);
  assert.equal(quickStake("double", from("nonsense"), 0), 200);
});

test("nothing is sent for a draft that is refused", () => {
  const pressed = press(typed(inBetting(), { stake: "0.01" }), 0, 10, ref);
  assert.equal(pressed.frame, undefined);
  assert.equal(pressed.notice.code, "stake_too_low");
  assert.equal(actionOf(after(inBetting(), [welcome({ phase: "locked", closes_in: undefined })]), 0, 0), "queue");
});

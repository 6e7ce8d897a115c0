import assert from "node:assert/strict";
import { test } from "node:test";
import { elapsedAt } from "../../static/clock.js";
import { reduce } from "../../static/reduce.js";
import { initialState } from "../../static/state.js";
import { after, betting, crashed, inBetting, inFlight, locked, session, welcome } from "./messages.mjs";

test("a welcome restores the round, the money and the table", () => {
  const state = inBetting({ history: [{ round: "r0", m: 250 }], crowd: [{ id: 1, name: "a***b", stake: 5, currency: "EUR" }] });
  assert.equal(state.phase, "betting");
  assert.equal(state.balance, 10000);
  assert.equal(state.round.closesAt, 5000);
  assert.equal(state.connection.state, "online");
  assert.equal(state.crowd.get(1).currency, "EUR");
  assert.equal(state.history[0].m, 250);
});

test("a welcome in flight continues where the server is", () => {
  const state = reduce(initialState(), welcome({ phase: "running", elapsed: 3000, closes_in: undefined }), 100);
  assert.equal(elapsedAt(state.clock, 150), 3050);
});

test("a welcome after the crash shows the crash point", () => {
  const state = inBetting({ phase: "crashed", history: [{ round: "r1", m: 321 }] });
  assert.equal(state.round.m, 321);
});

test("the first stake offered lies within the limits", () => {
  const limits = { min_stake: 500, max_stake: 900 };
  assert.equal(after(initialState(), [session({ limits })]).slots[0].stake, "5.00");
  assert.equal(after(initialState(), [session({ limits: undefined })]).slots[1].stake, "1.00");
});

test("a round goes from betting through the lock into flight", () => {
  const state = after(inBetting(), [betting("r2"), locked("r2"), { type: "running", round: "r2" }], 50);
  assert.equal(state.phase, "running");
  assert.equal(state.round.client_seed, "mixed");
  assert.deepEqual(state.round.stake_total, { USD: 300 });
  assert.equal(elapsedAt(state.clock, 50), 0);
});

test("ticks of another round are not believed", () => {
  const state = inFlight();
  assert.equal(reduce(state, { type: "tick", round: "r0", e: 5000, m: 130 }, 100), state);
});

test("a tick after the crash does not start the flight again", () => {
  const state = after(inFlight(), [crashed("r1", 200), { type: "tick", round: "r1", e: 99, m: 100 }]);
  assert.equal(state.phase, "crashed");
});

test("the crash enters the history once", () => {
  const state = after(inFlight(), [crashed("r1", 200), crashed("r1", 200)]);
  assert.deepEqual(state.history, [{ round: "r1", m: 200 }]);
});

test("a commitment once seen is not replaced by a later one", () => {
  const state = after(inBetting(), [betting("r2"), welcome({ round: "r2", hash: "another hash" })]);
  assert.equal(state.seen.get("r2").hash, "hash of r2");
});

test("what was seen of a round is kept for its check", () => {
  const state = after(inBetting(), [betting("r2", 7), locked("r2"), crashed("r2", 150, 7)]);
  const { hash, nonce, client_seed, bets_root, m, server_seed, previous } = state.seen.get("r2");
  assert.deepEqual([hash, nonce, client_seed, bets_root], ["hash of r2", 7, "mixed", "root"]);
  assert.deepEqual([m, server_seed, previous], [150, "seed of r2", "r1"]);
});

test("live bets come, leave and cash out", () => {
  const row = (id, more) => ({ id, name: "x", stake: 100, currency: "USD", ...more });
  const state = after(inBetting(), [
    { type: "crowd", round: "r1", count: 3, add: [row(1), row(2), row(3)] },
    { type: "crowd", round: "r1", count: 2, remove: [3] },
    locked("r1"),
    { type: "tick", round: "r1", e: 100, m: 101, out: { count: 2, rows: [row(2, { m: 101, payout: 101 }), row(9, { m: 101 })] } },
  ]);
  assert.deepEqual([...state.crowd.keys()], [1, 2]);
  assert.equal(state.crowd.get(2).payout, 101);
  assert.equal(state.crowdCount, 2);
  assert.equal(state.exits.length, 2);
});

test("a full list of live bets replaces what was there", () => {
  const add = [{ id: 8, name: "x", stake: 1, currency: "USD" }];
  const state = after(inBetting({ crowd: [{ id: 1, name: "y", stake: 1, currency: "USD" }] }), [
    { type: "crowd", round: "r1", count: 1, full: true, add },
  ]);
  assert.deepEqual([...state.crowd.keys()], [8]);
});

test("a new round begins with no live bets", () => {
  const state = after(inBetting({ crowd: [{ id: 1, name: "y", stake: 1, currency: "USD" }] }), [betting("r2")]);
  assert.equal(state.crowd.size, 0);
});

test("an event nobody knows changes nothing, whatever its name", () => {
  const state = inBetting();
  for (const type of ["jackpot", "constructor", "__proto__", "toString"]) assert.equal(reduce(state, { type }, 0), state);
});

test("reducing never edits the state it was given", () => {
  const freeze = (value) => {
    if (value && typeof value === "object" && !(value instanceof Map)) Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  const events = [locked("r1"), { type: "running", round: "r1" }, { type: "tick", round: "r1", e: 100, m: 100 }, crashed("r1", 120)];
  events.reduce((state, event) => freeze(reduce(state, event, 0)), freeze(inFlight()));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { STALL_MS, anchor, curveAt, elapsedAt, elapsedOf, isStalled, multiplierAt } from "../../static/clock.js";
import { CURVE } from "./messages.mjs";

const started = () => anchor(null, 0, 1000);

test("time goes on between ticks", () => {
  assert.equal(elapsedAt(started(), 1000), 0);
  assert.equal(elapsedAt(started(), 1080), 80);
});

test("before there is a clock nothing has elapsed", () => {
  assert.equal(elapsedAt(null, 5000), 0);
  assert.equal(isStalled(null, 5000), false);
});

test("a tick that comes late does not hold the clock back", () => {
  const clock = anchor(started(), 100, 1400);
  assert.ok(Math.abs(elapsedAt(clock, 1400) - 400) <= 2);
  assert.ok(Math.abs(elapsedAt(clock, 1590) - 590) <= 2);
});

test("a tick that comes earlier than thought corrects the clock without a jump", () => {
  const clock = anchor(started(), 180, 1100);
  assert.equal(elapsedAt(clock, 1100), 100);
  assert.ok(Math.abs(elapsedAt(clock, 1500) - 540) < 1e-9);
  assert.ok(Math.abs(elapsedAt(clock, 2100) - 1180) < 1e-9);
});

test("what is shown never runs backwards, however the ticks jitter", () => {
  const delays = [30, 400, 5, 90, 250, 0, 60, 700, 20, 10];
  let clock = started();
  let arrival = 1000;
  let last = 0;
  delays.forEach((delay, at) => {
    const e = (at + 1) * 100;
    const next = Math.max(arrival, 990 + e + delay);
    for (let now = arrival; now < next; now += 10) {
      const shown = elapsedAt(clock, now);
      assert.ok(shown >= last, `${shown} after ${last}`);
      last = shown;
    }
    clock = anchor(clock, e, next);
    arrival = next;
  });
});

test("it never runs ahead of the least delayed tick by more than its creep", () => {
  let clock = started();
  for (let e = 100; e <= 5000; e += 100) clock = anchor(clock, e, 970 + e);
  assert.ok(elapsedAt(clock, 5970) <= 5000 + 2);
  assert.ok(elapsedAt(clock, 5970) >= 4990);
});

test("without news the clock stops soon, and says so", () => {
  const clock = anchor(started(), 100, 1100);
  assert.equal(elapsedAt(clock, 60000), 100 + STALL_MS);
  assert.equal(isStalled(clock, 60000), true);
  assert.equal(isStalled(clock, 1200), false);
});

test("far behind, after the machine slept, it jumps to the truth", () => {
  assert.equal(elapsedAt(anchor(started(), 9000, 1200), 1200), 9000);
});

test("the curve is the one the server tabulates, to the hundredth where it matters", () => {
  let value = 100n * 10n ** 18n;
  for (let e = 0; e <= 20000; e += 1) {
    const exact = Number(value / 10n ** 18n);
    const shown = multiplierAt(CURVE, e);
    assert.ok(shown === exact || Math.abs(curveAt(CURVE, e) - Math.round(curveAt(CURVE, e))) < 1e-6, `${e}`);
    value += (value * 6n) / 100000n;
  }
});

test("a multiplier's moment lies on the curve", () => {
  assert.equal(elapsedOf(CURVE, 100), 0);
  assert.ok(Math.abs(curveAt(CURVE, elapsedOf(CURVE, 237)) - 237) < 1e-6);
});

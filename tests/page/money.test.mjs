import assert from "node:assert/strict";
import { test } from "node:test";
import {
  amountText, exitMultiplier, exponentOf, formatAmount, formatMultiplier, largestMultiplier, parseAmount,
  parseMultiplier, payout,
} from "../../static/money.js";

test("an amount is shown with its currency's digits, grouped", () => {
  assert.equal(formatAmount(123456789, 2), "1,234,567.89");
  assert.equal(formatAmount(1234, 0), "1,234");
  assert.equal(formatAmount(5, 3), "0.005");
  assert.equal(formatAmount(-1050, 2), "−10.50");
  assert.equal(formatAmount(123456, 2, "de"), "1.234,56");
});

test("a language nobody knows is shown like English", () => {
  assert.equal(formatAmount(123456, 2, "no such language"), "1,234.56");
});

test("surplus zeros of long fractions are left out, other digits never", () => {
  assert.equal(formatAmount(100000000, 8), "1.00");
  assert.equal(formatAmount(100010, 8), "0.0010001");
  assert.equal(formatAmount(100010, 8, "en", true), "0.00100010");
});

test("the largest amount keeps its last digit", () => {
  assert.equal(formatAmount(Number.MAX_SAFE_INTEGER, 2), "90,071,992,547,409.91");
  assert.equal(amountText(Number.MAX_SAFE_INTEGER, 8), "90071992.54740991");
});

test("what is typed is read exactly", () => {
  assert.equal(parseAmount("10.5", 2), 1050);
  assert.equal(parseAmount(" 10,50 ", 2), 1050);
  assert.equal(parseAmount(".07", 2), 7);
  assert.equal(parseAmount("0.29", 2), 29);
  assert.equal(parseAmount("1", 8), 100000000);
  assert.equal(parseAmount("90071992547409.91", 2), Number.MAX_SAFE_INTEGER);
});

test("what is not an exact positive amount is refused", () => {
  for (const text of ["", ".", "0", "0.00", "-1", "1e3", "1.005", "1,000", "1 000", "abc", "90071992547409.92"]) {
    assert.equal(parseAmount(text, 2), null, text);
  }
  assert.equal(parseAmount("1.5", 0), null);
});

test("an amount written into a field is read back as itself", () => {
  for (const [amount, exponent] of [[1, 0], [100, 2], [5, 3], [12345678, 8]]) {
    assert.equal(parseAmount(amountText(amount, exponent), exponent), amount);
  }
});

test("a multiplier is read with or without its sign", () => {
  assert.equal(parseMultiplier("2"), 200);
  assert.equal(parseMultiplier("2.5x"), 250);
  assert.equal(parseMultiplier("1,01×"), 101);
  assert.equal(parseMultiplier("1.005"), null);
  assert.equal(formatMultiplier(200000), "2,000.00x");
});

test("a payout is rounded down, exactly, also where a double would fail", () => {
  assert.equal(payout(100, 237), 237);
  assert.equal(payout(33, 101), 33);
  assert.equal(payout(90071992547409, 9999), 9006298534815425);
});

test("a bet leaves at its target, the cap or the maximum win, whichever comes first", () => {
  const limits = { cap: 200000 };
  assert.equal(exitMultiplier(100, null, limits), 200000);
  assert.equal(exitMultiplier(100, 250, limits), 250);
  assert.equal(exitMultiplier(1000, 5000, { ...limits, max_win: 20000 }), 2000);
  for (const [stake, most] of [[700, 20000], [3, 10], [999, 1000]]) {
    const m = largestMultiplier(stake, most);
    assert.ok(payout(stake, m) <= most && payout(stake, m + 1) > most, `${stake}`);
  }
});

test("a currency that is not known by name has two digits", () => {
  assert.deepEqual(["USD", "JPY", "KWD", "BTC", "XYZ"].map(exponentOf), [2, 0, 3, 8, 2]);
});

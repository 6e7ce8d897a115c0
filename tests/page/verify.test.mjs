import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { checkRound, checkRules, checkWatched } from "../../static/proof.js";
import { crashOf, rulesText, sha256Hex, verifyRound } from "../../static/verify.js";
import { after, betting, inBetting } from "./messages.mjs";

const sha = (text) => createHash("sha256").update(text).digest("hex");
const SEED = sha("a seed");
const RULES = rulesText({ rtp_bps: 9700, cap: 200000, growth: 6 });

function record(change = {}) {
  const clientSeed = sha("salt");
  const digest = createHmac("sha256", SEED).update(`${clientSeed}:2:crash`).digest("hex");
  return {
    round: "r2",
    nonce: 2,
    server_seed: SEED,
    server_seed_hash: sha(SEED),
    public_salt: "salt",
    bets_root: "root",
    beacon: null,
    client_seed: clientSeed,
    rules_hash: sha(RULES),
    rtp_bps: 9700,
    cap: 200000,
    growth: 6,
    crash: crashOf(digest, 9700, 200000).crash,
    ...change,
  };
}

const failing = (verdict) => verdict.steps.filter((step) => step.ok === false).map((step) => step.name);

test("an honest record holds, step by step", async () => {
  const verdict = await verifyRound(record());
  assert.equal(verdict.ok, true);
  assert.deepEqual(verdict.steps.map((step) => step.name), ["commitment", "rules", "client_seed", "digest", "number", "crash"]);
});

test("whatever is altered fails the step it belongs to", async () => {
  const cases = [
    [{ server_seed: sha("another") }, "commitment"],
    [{ server_seed_hash: sha("another") }, "commitment"],
    [{ public_salt: "another" }, "client_seed"],
    [{ client_seed: sha("another") }, "client_seed"],
    [{ rtp_bps: 9800 }, "rules"],
    [{ cap: 100000 }, "rules"],
    [{ growth: 7 }, "rules"],
    [{ crash: record().crash + 1 }, "crash"],
    [{ nonce: 3 }, "crash"],
    [{ beacon: "late", bets_root: "another" }, "client_seed"],
  ];
  for (const [change, name] of cases) {
    const verdict = await verifyRound(record(change));
    assert.equal(verdict.ok, false, name);
    assert.ok(failing(verdict).includes(name), `${JSON.stringify(change)} fails ${failing(verdict)}`);
  }
});

test("what the page saw before the round outweighs what the record says later", async () => {
  assert.deepEqual(failing(await verifyRound(record(), { hash: sha("another") })), ["commitment"]);
  assert.deepEqual(failing(await verifyRound(record(), { rulesHash: sha("another") })), ["rules"]);
  assert.deepEqual(failing(await verifyRound(record(), { m: 101 })), ["crash"]);
  assert.deepEqual(failing(await verifyRound(record(), { previousSeed: sha("another") })), ["chain"]);
});

test("a beacon enters the client seed together with the root", async () => {
  const rules = rulesText({ rtp_bps: 9700, cap: 200000, growth: 6 }, "chain of the beacon");
  const mixed = record({ beacon: "value", client_seed: sha("salt:root:value"), rules_hash: sha(rules) });
  const names = failing(await verifyRound(mixed, {}, "chain of the beacon"));
  assert.deepEqual(names, ["crash"]);
});

test("the crash point lies between 1.00x and the cap", () => {
  assert.equal(crashOf("0".repeat(64), 9700, 200000).crash, 100);
  assert.equal(crashOf("f".repeat(64), 9700, 200000).crash, 200000);
  assert.equal(crashOf("8000000000000", 9700, 200000).crash, 194);
});

test("text is hashed as UTF-8", async () => {
  assert.equal(await sha256Hex("Zürich ✓"), sha("Zürich ✓"));
});

const watching = (hash = sha(SEED), { text = RULES, played = sha(RULES), before = [] } = {}) => {
  const rules = { rules: text, rules_hash: sha(text), public_salt: "salt" };
  const { crash: m, client_seed } = record();
  return after(inBetting(rules), [
    ...before,
    { ...betting("r2", 2), hash, rules_hash: played },
    { type: "crashed", round: "r2", m, server_seed: SEED, client_seed, nonce: 2 },
  ]);
};

test("a round that was watched is checked from what was seen, without asking anybody", async () => {
  assert.equal((await checkWatched(watching(), "r2")).verdict.ok, true);
  assert.equal((await checkWatched(watching(sha("another")), "r2")).verdict.ok, false);
});

test("a round that was not watched cannot be checked that way, nor one with a beacon", async () => {
  const text = rulesText({ rtp_bps: 9700, cap: 200000, growth: 6 }, "chain of the beacon");
  assert.equal(await checkWatched(watching(), "r7"), null);
  assert.equal(await checkWatched(watching(sha(SEED), { text, played: sha(text) }), "r2"), null);
});

test("rules that came after the round do not judge it", async () => {
  const state = { ...watching(), rules: "{}", rulesHash: sha("{}") };
  assert.equal(await checkWatched(state, "r2"), null);
});

test("the seed of the round before is held against the commitment, within one chain", async () => {
  const chained = async (nonce, server_seed) => {
    const before = [betting("r1", nonce), { type: "crashed", round: "r1", m: 150, server_seed, client_seed: "x", nonce }];
    const { verdict } = await checkWatched(watching(sha(SEED), { before }), "r2");
    return verdict.steps.find((step) => step.name === "chain")?.ok;
  };
  assert.equal(await chained(1, sha(SEED)), true);
  assert.equal(await chained(1, sha("another")), false);
  assert.equal(await chained(900, sha("the last seed of another chain")), undefined);
});

test("the rules are what their hash promises, or they are not", async () => {
  assert.equal((await checkRules(watching())).ok, true);
  assert.equal((await checkRules({ rules: "{}", rulesHash: sha(RULES) })).ok, false);
});

async function answering(reply, work) {
  const before = globalThis.fetch;
  globalThis.fetch = reply;
  try {
    return await work();
  } finally {
    globalThis.fetch = before;
  }
}

test("a round is checked from its public record against what was seen", async () => {
  const asked = [];
  const reply = async (url) => (asked.push(url), Response.json(record()));
  const check = await answering(reply, () => checkRound(watching(), "r2"));
  assert.deepEqual(asked, ["/fair/rounds/r2.json"]);
  assert.equal(check.verdict.ok, true);
  assert.equal(check.verdict.steps[0].seen, true);
});

test("a round that goes on keeps its secret", async () => {
  const reply = async () => Response.json(record({ server_seed: null, crash: null }));
  assert.equal((await answering(reply, () => checkRound(watching(), "r3"))).status, "unfinished");
});

test("without the record a watched round is still checked, another is not", async () => {
  const reply = async () => new Response("", { status: 404 });
  assert.equal((await answering(reply, () => checkRound(watching(), "r2"))).verdict.ok, true);
  assert.equal((await answering(reply, () => checkRound(watching(), "r7"))).status, "unavailable");
});

// Writes vectors.json: `node tests/engine/make_vectors.mjs`. Node's crypto and BigInt only, so that
// the expected values owe nothing to the engine that is tested against them.
import { createHash, createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";

const E = 2n ** 52n;
const sha = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash;
};
const shaHex = (text) => sha(text).digest("hex");
const hmacHex = (key, text) => createHmac("sha256", key).update(text).digest("hex");

function crashOf(h, rtp, cap) {
  const raw = (BigInt(rtp) * E) / (100n * (E - h));
  if (raw < 100n) return 100;
  return raw > BigInt(cap) ? cap : Number(raw);
}

function curve(growth, cap) {
  const table = [];
  for (let value = 100n * 10n ** 18n; ; value += (value * BigInt(growth)) / 100000n) {
    table.push(Number(value / 10n ** 18n));
    if (table.at(-1) > cap) return table;
  }
}

function treeRoot(leaves) {
  if (leaves.length === 0) return sha("").digest();
  if (leaves.length === 1) return sha(Buffer.of(0), leaves[0]).digest();
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)].map(treeRoot);
  return sha(Buffer.of(1), left, right).digest();
}

function rounds() {
  const rtps = [9700, 9600, 9900, 10000, 5000, 8888];
  const caps = [200000, 1000000, 10000000, 10000, 150, 102];
  return Array.from({ length: 200 }, (_, i) => {
    const server_seed = shaHex(`vector server ${i}`);
    const public_salt = i % 3 ? shaHex(`vector salt ${i}`) : `block ${i}: Zürich ✓ ${i}`;
    const beacon = i % 2 ? shaHex(`vector beacon ${i}`) : null;
    const bets_root = shaHex(`vector root ${i}`);
    const mixed = beacon === null ? public_salt : `${public_salt}:${bets_root}:${beacon}`;
    const client_seed = shaHex(mixed);
    const [nonce, rtp_bps, cap] = [i * i * 25 + 1, rtps[i % 6], caps[Math.floor(i / 6) % 6]];
    const digest = hmacHex(server_seed, `${client_seed}:${nonce}:crash`);
    const crash = crashOf(BigInt("0x" + digest.slice(0, 13)), rtp_bps, cap);
    const server_seed_hash = shaHex(server_seed);
    return { server_seed, server_seed_hash, public_salt, bets_root, beacon, client_seed,
      nonce, rtp_bps, cap, digest, crash };
  });
}

function sides(round) {
  const { server_seed, client_seed, nonce } = round;
  const of = (label) => hmacHex(server_seed, `${client_seed}:${nonce}:${label}`);
  return { server_seed, client_seed, nonce, map: of("map"), loot: of("loot"), guard: of("guard") };
}

// The last h below a target and the first that reaches it.
function boundaries() {
  const found = [];
  for (const rtp_bps of [9700, 9900, 10000]) {
    for (const x of [101, 102, 137, 200, 999, 12345, 123457, 1999999, 9999991]) {
      const first = E - (BigInt(rtp_bps) * E) / (100n * BigInt(x));
      for (const h of [first - 1n, first]) {
        if (h >= 0n) found.push({ h: String(h), rtp_bps, cap: 10000000, crash: crashOf(h, rtp_bps, 1e7) });
      }
    }
    for (const h of [0n, 1n, E / 2n, E - 2n, E - 1n]) {
      found.push({ h: String(h), rtp_bps, cap: 200000, crash: crashOf(h, rtp_bps, 200000) });
    }
  }
  return found;
}

// Outcomes that the same formula in doubles gets wrong.
function doubles() {
  const found = [];
  for (let x = 101; found.length < 24; x += 1) {
    const rtp_bps = [9700, 9600, 9900][x % 3];
    const first = E - (BigInt(rtp_bps) * E) / (100n * BigInt(x));
    for (const h of [first - 1n, first]) {
      const crash = crashOf(h, rtp_bps, 10000000);
      const in_doubles = Math.max(100, Math.floor((100 * (rtp_bps / 10000)) / (1 - Number(h) / 2 ** 52)));
      if (crash !== in_doubles) found.push({ h: String(h), rtp_bps, cap: 10000000, crash, in_doubles });
    }
  }
  return found;
}

function curves() {
  return [[6, 200000], [7, 10000], [100, 10000000], [1234, 102], [100000, 5000]].map(([growth, cap]) => {
    const table = curve(growth, cap);
    const at = (target) => table.findIndex((m) => m >= target);
    const targets = [101, 102, Math.floor((cap + 100) / 2), cap];
    return { growth, cap, entries: table.length, last: table.at(-1),
      samples: Array.from({ length: 20 }, (_, k) => Math.floor(((table.length - 1) * k) / 19))
        .map((e) => [e, table[e]]),
      first_ms_at: targets.map((target) => [target, at(target)]),
      crash_ms: targets.map((target) => [target, at(target + 1)]) };
  });
}

function rules() {
  return [[9700, 200000, 6, null], [9600, 10000000, 100, "52db9ba70e0cc0f6eaf7803dd07447a1"]].map(
    ([rtp_bps, cap, growth, beacon]) => {
      const text = `{"beacon":${beacon === null ? "null" : `"${beacon}"`},"cap":${cap},"growth":${growth},` +
        `"min_cashout":101,"rounding":"floor","rtp_bps":${rtp_bps},"tie":"player","version":"apogee-1"}`;
      return { rtp_bps, cap, growth, beacon, text, hash: shaHex(text) };
    });
}

function leaves() {
  return Array.from({ length: 7 }, (_, i) => {
    const bet = `0192f0c4-0000-7000-8000-00000000000${i}`;
    const [stake, currency, auto] = [100 + 7 * i, ["USD", "JPY", "BTC"][i % 3], i % 2 ? 150 + i : null];
    const client_seed = i % 3 ? `lucky "${i}" \\ /` : null;
    const leaf_salt = shaHex(`vector leaf ${i}`).slice(0, 32);
    const quoted = client_seed === null ? "null" : `"lucky \\"${i}\\" \\\\ /"`;
    const text = `{"auto":${auto},"bet":"${bet}","client_seed":${quoted},"currency":"${currency}",` +
      `"leaf_salt":"${leaf_salt}","stake":${stake}}`;
    return { bet, stake, currency, auto, client_seed, leaf_salt, text };
  });
}

const [played, placed] = [rounds(), leaves()];
const texts = placed.map((leaf) => leaf.text);
const roots = [...texts, ""].map((_, size) => treeRoot(texts.slice(0, size)).toString("hex"));
const sections = { rounds: played, sides: played.slice(0, 6).map(sides), boundaries: boundaries(),
  doubles: doubles(), curves: curves(), rules: rules(), leaves: placed, roots };
const lines = Object.entries(sections).map(
  ([name, rows]) => `"${name}": [\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]`);
writeFileSync(new URL("vectors.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);

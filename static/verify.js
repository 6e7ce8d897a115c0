/** Recomputes a round in the reader's own browser: WebCrypto and BigInt, nobody else is asked. */

const SPACE = 2n ** 52n;
const bytes = (text) => new TextEncoder().encode(text);

const toHex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** WebCrypto exists only in a secure context. */
export const canVerify = () => Boolean(globalThis.crypto?.subtle);

export const sha256Hex = async (text) => toHex(await crypto.subtle.digest("SHA-256", bytes(text)));

async function hmacHex(key, text) {
	const imported = await crypto.subtle.importKey("raw", bytes(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
	return toHex(await crypto.subtle.sign("HMAC", imported, bytes(text)));
}

/** What enters the outcome beside the server's seed. */
export const clientSeedOf = (publicSalt, betsRoot, beacon) =>
	sha256Hex(beacon == null ? publicSalt : `${publicSalt}:${betsRoot}:${beacon}`);

export const digestOf = (serverSeed, clientSeed, nonce) => hmacHex(serverSeed, `${clientSeed}:${nonce}:crash`);

/** Hundredths: clamp((rtp·2^52) // (100·(2^52 − h)), 100, cap), h the first 52 bits. */
export function crashOf(digest, rtpBps, cap) {
	const h = BigInt(`0x${digest.slice(0, 13)}`);
	const raw = (BigInt(rtpBps) * SPACE) / (100n * (SPACE - h));
	const crash = raw < 100n ? 100 : raw > BigInt(cap) ? cap : Number(raw);
	return { h, crash };
}

/** The rules' text when it is what `hash` promises, parsed; otherwise null. */
export async function checkedRules(text, hash) {
	return text && (await sha256Hex(text)) === hash ? JSON.parse(text) : null;
}

/** The canonical text of the rules a record was played by; `beacon` is the beacon chain's hash. */
export function rulesText({ rtp_bps, cap, growth }, beacon = null) {
	const fixed = { min_cashout: 101, rounding: "floor", rtp_bps, tie: "player", version: "apogee-1" };
	return JSON.stringify({ beacon, cap, growth, ...fixed });
}

const step = (name, computed, claimed, more) => ({ name, computed, claimed, ok: computed === claimed, ...more });

/** Of what was seen and what the record says, the one that differs, if either does. */
const claim = (computed, seen, recorded) => (seen == null || seen === computed ? recorded : seen);

/**
 * Check a finished round's public record, also against what this page saw of it while it was played
 * (`seen`: `hash`, `rulesHash`, `m`, `previousSeed`, each optional). `beacon`: the beacon chain's hash.
 * Each step says what was `computed` and, where there is something to compare, `claimed` and `ok`.
 */
export async function verifyRound(record, seen = {}, beacon = null) {
	const { server_seed: seed, client_seed: mixed, nonce } = record;
	const rules = rulesText(record, record.beacon == null ? null : beacon);
	const digest = await digestOf(seed, mixed, nonce);
	const { h, crash } = crashOf(digest, record.rtp_bps, record.cap);
	const expected = await clientSeedOf(record.public_salt, record.bets_root, record.beacon);
	const [ownHash, ownRules] = [await sha256Hex(seed), await sha256Hex(rules)];
	const steps = [
		step("commitment", ownHash, claim(ownHash, seen.hash, record.server_seed_hash), { input: seed, seen: Boolean(seen.hash) }),
		...(seen.previousSeed ? [step("chain", seen.previousSeed, record.server_seed_hash)] : []),
		step("rules", ownRules, claim(ownRules, seen.rulesHash, record.rules_hash), { input: rules }),
		step("client_seed", expected, mixed, { input: record.public_salt }),
		{ name: "digest", computed: digest },
		{ name: "number", computed: h },
		step("crash", crash, claim(crash, seen.m, record.crash)),
	];
	return { ok: steps.every(({ ok }) => ok !== false), crash, steps };
}

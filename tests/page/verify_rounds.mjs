// Reads public records as JSON from standard input; writes what the page computes from each.
import { readFileSync } from "node:fs";
import { clientSeedOf, digestOf, rulesText, sha256Hex, verifyRound } from "../../static/verify.js";

const computed = [];
for (const record of JSON.parse(readFileSync(0, "utf8"))) {
  const verdict = await verifyRound(record);
  computed.push({
    server_seed_hash: await sha256Hex(record.server_seed),
    client_seed: await clientSeedOf(record.public_salt, record.bets_root, record.beacon),
    digest: await digestOf(record.server_seed, record.client_seed, record.nonce),
    rules: rulesText(record),
    crash: verdict.crash,
    ok: verdict.ok,
  });
}
process.stdout.write(JSON.stringify(computed));

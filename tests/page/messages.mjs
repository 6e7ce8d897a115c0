// What the server says, and states to say it to.
import { reduce } from "../../static/reduce.js";
import { initialState } from "../../static/state.js";

export const LIMITS = {
  currency: "USD",
  exponent: 2,
  min_stake: 100,
  max_stake: 100000,
  min_auto: 101,
  cap: 200000,
};
export const CURVE = { growth: 6, divisor: 100000 };

export const session = (change = {}) => ({
  type: "my/session",
  session: { session: "s", player: "p", currency: "USD", exponent: 2, limits: LIMITS, ...change },
});

export const welcome = (change = {}) => ({
  type: "welcome",
  v: 1,
  now: 0,
  phase: "betting",
  round: "r1",
  hash: "hash of r1",
  rules_hash: "rules hash",
  rules: "{}",
  public_salt: "salt",
  closes_in: 5000,
  curve: CURVE,
  balance: 10000,
  bets: [],
  history: [],
  limits: LIMITS,
  players: 3,
  ...change,
});

export const betting = (round, nonce = 1) => ({
  type: "betting",
  round,
  hash: `hash of ${round}`,
  rules_hash: "rules hash",
  closes_in: 5000,
  nonce,
});

export const locked = (round) => ({
  type: "locked",
  round,
  client_seed: "mixed",
  bets_root: "root",
  players: 2,
  stake_total: { USD: 300 },
});

export const crashed = (round, m, nonce = 1) => ({
  type: "crashed",
  round,
  m,
  server_seed: `seed of ${round}`,
  client_seed: "mixed",
  nonce,
});

export const answer = (status, change = {}) => ({
  type: "bet",
  ref: "a",
  slot: 0,
  status,
  amount: 100,
  bet: status === "queued" ? undefined : "bet-a",
  round: status === "queued" ? undefined : "r1",
  ...change,
});

export const sent = (frame) => ({ type: "my/sent", frame });
export const order = (change = {}) => ({ type: "bet", ref: "a", slot: 0, amount: 100, round: "r1", ...change });

/** Apply events one after another, all at `now`. */
export const after = (state, events, now = 0) => events.reduce((next, event) => reduce(next, event, now), state);

/** A page that has been welcomed in the betting phase of round r1 at time 0. */
export const inBetting = (change = {}) => after(initialState(), [session(), welcome(change)]);

/** The same page in flight, with an accepted bet "a" in slot 0. */
export const inFlight = () =>
  after(inBetting(), [sent(order()), answer("accepted"), locked("r1"), { type: "running", round: "r1" }]);

export const betOf = (state, ref = "a") => state.bets.find((bet) => bet.ref === ref);

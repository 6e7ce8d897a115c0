/**
 * The server's elapsed time between ticks, and the curve drawn over it.
 *
 * Ticks arrive late by an unknown, varying delay. The earliest arrival is the least delayed, so the
 * estimate follows it, by at most a tenth of the time that passes: nothing jumps or runs backwards.
 */

const SLEW = 0.1;
const CREEP_MS = 2;
const BEHIND_MS = 1000;
const AHEAD_MS = 5000;
/** How far the curve is drawn past the last tick: beyond it nothing is known. */
export const STALL_MS = 1500;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** A clock that knows `e` was said at local time `now`; `clock` is null for a new round. */
export function anchor(clock, e, now) {
	const origin = now - e;
	if (!clock || clock.goal - origin > BEHIND_MS || origin - clock.goal > AHEAD_MS) {
		return { origin, goal: origin, at: now, e };
	}
	const goal = Math.min(origin, clock.goal + CREEP_MS);
	return { origin: originAt(clock, now), goal, at: now, e: Math.max(e, clock.e) };
}

function originAt(clock, now) {
	const reach = SLEW * Math.max(0, now - clock.at);
	return clock.origin + clamp(clock.goal - clock.origin, -reach, reach);
}

/** Milliseconds since the round started, as the server would count them. */
export function elapsedAt(clock, now) {
	return clock ? clamp(now - originAt(clock, now), 0, clock.e + STALL_MS) : 0;
}

/** No tick has come for so long that the number on the screen no longer moves. */
export const isStalled = (clock, now) => Boolean(clock) && now - originAt(clock, now) > clock.e + STALL_MS;

const rate = (curve) => Math.log1p(curve.growth / curve.divisor);

/** 100·(1 + growth/divisor)^e as a real number, for drawing. */
export const curveAt = (curve, e) => 100 * Math.exp(e * rate(curve));

export const multiplierAt = (curve, e) => Math.floor(curveAt(curve, e) + 1e-9);

export const elapsedOf = (curve, m) => Math.log(m / 100) / rate(curve);

/** The flight curve: where a moment lies on the canvas, and its glow, axes and marks. */

import { curveAt, elapsedOf } from "../clock.js";

const SEGMENTS = 64;
const HEAD_X = 0.84;
const HEAD_Y = 0.76;
/** The view is at least so wide (as a share of the time to 2x) and so high. */
const LEAST_SPAN = 0.62;
const LEAST_TOP = 180;
const GLOW = [[18, 0.07], [10, 0.14], [5.5, 0.35], [3, 1]];
const font = (size, weight) => `${weight} ${size}px ui-sans-serif, system-ui, sans-serif`;

/** The mapping for a head at `e`: `x(ms)`, `y(m)` in CSS pixels, within `box`; `head` with its heading. */
export function viewOf(curve, e, box) {
	const m = curveAt(curve, e);
	const span = Math.max(e, elapsedOf(curve, 200) * LEAST_SPAN);
	const top = Math.max(m, LEAST_TOP);
	const [perMs, perM] = [(box.width * HEAD_X) / span, (box.height * HEAD_Y) / (top - 100)];
	const x = (ms) => box.left + ms * perMs;
	const y = (value) => box.bottom - (value - 100) * perM;
	const rise = m * Math.log1p(curve.growth / curve.divisor) * perM;
	return { box, span, top, x, y, head: { x: x(e), y: y(m), angle: -Math.atan2(rise, perMs) } };
}

/** Cyan through violet and pink to gold as the multiplier grows. */
const hueOf = (m) => 190 + Math.min(1, Math.log10(m / 100) / 1.7) * 215;

export function line(ctx, ...points) {
	ctx.beginPath();
	for (const [x, y] of points) ctx.lineTo(x, y);
	ctx.stroke();
}

function dot(ctx, x, y, radius) {
	ctx.beginPath();
	ctx.arc(x, y, radius, 0, 7);
	ctx.fill();
}

export function drawCurve(ctx, curve, e, { box, head, x, y }, ended) {
	const hue = ended ? 350 : hueOf(curveAt(curve, e));
	const ink = (shift, lightness, alpha) => `hsl(${hue + shift} 95% ${lightness}% / ${ended ? alpha * 0.7 : alpha})`;
	const moments = Array.from({ length: SEGMENTS + 1 }, (_, at) => (e * at) / SEGMENTS);
	const points = moments.map((ms) => [x(ms), y(curveAt(curve, ms))]);
	const along = ctx.createLinearGradient(box.left, box.bottom, head.x + 1, head.y);
	along.addColorStop(0, ink(-40, 60, 0.25));
	along.addColorStop(0.5, ink(0, 62, 0.9));
	along.addColorStop(1, ink(0, 74, 1));
	ctx.strokeStyle = along;
	ctx.lineCap = ctx.lineJoin = "round";
	for (const [width, alpha] of GLOW) {
		ctx.lineWidth = width;
		ctx.globalAlpha = alpha;
		line(ctx, ...points);
	}
	ctx.lineTo(head.x, box.bottom);
	ctx.lineTo(box.left, box.bottom);
	const area = ctx.createLinearGradient(0, head.y, 0, box.bottom);
	area.addColorStop(0, ink(0, 60, 0.42));
	area.addColorStop(1, ink(0, 50, 0.02));
	ctx.fillStyle = area;
	ctx.fill();
}

/** 1, 2 or 5 times a power of ten, so that about `wanted` of them fit. */
function niceStep(range, wanted) {
	const power = 10 ** Math.floor(Math.log10(range / wanted));
	const lead = range / wanted / power;
	return power * (lead > 5 ? 10 : lead > 2 ? 5 : lead > 1 ? 2 : 1);
}

/** Faint lines and labels: multipliers upwards, seconds along. */
export function drawAxes(ctx, { box, span, top, x, y }) {
	ctx.font = font(11, 600);
	ctx.lineWidth = 1;
	ctx.strokeStyle = "rgb(150 165 255 / .09)";
	ctx.fillStyle = "rgb(160 172 224 / .75)";
	ctx.textAlign = "end";
	ctx.textBaseline = "middle";
	const step = Math.max(10, niceStep((top - 100) / HEAD_Y, box.height > 260 ? 5 : 3));
	const first = step * Math.ceil(101 / step);
	for (let m = first; y(m) > box.top - 6; m += step) {
		line(ctx, [box.left, y(m)], [box.right, y(m)]);
		ctx.fillText(`${(m / 100).toFixed(step < 100 ? 1 : 0)}x`, box.left - 8, y(m));
	}
	if (y(first) < box.bottom - 20) ctx.fillText("1x", box.left - 8, box.bottom);
	const pace = niceStep(span / HEAD_X, box.width > 500 ? 6 : 4);
	ctx.textAlign = "center";
	for (let ms = pace; x(ms) < box.right - 8; ms += pace) {
		ctx.fillText(`${(ms / 1000).toFixed(pace < 1000 ? 1 : 0)}s`, x(ms), box.bottom + 14);
	}
	ctx.strokeStyle = "rgb(150 165 255 / .28)";
	line(ctx, [box.left, box.top], [box.left, box.bottom], [box.right, box.bottom]);
}

export function drawExits(ctx, curve, { box, x, y }, others, mine) {
	ctx.fillStyle = "rgb(255 255 255 / .85)";
	for (const m of others) dot(ctx, x(elapsedOf(curve, m)), y(m), 2.2);
	ctx.lineWidth = 2;
	ctx.strokeStyle = "rgb(47 224 151 / .5)";
	ctx.font = font(8, 800);
	for (const m of mine) {
		const left = x(elapsedOf(curve, m));
		ctx.setLineDash([1, 5]);
		line(ctx, [left, y(m)], [left, box.bottom]);
		ctx.setLineDash([]);
		ctx.fillStyle = "#2fe097";
		dot(ctx, left, y(m), 5);
		ctx.fillStyle = "#04140d";
		ctx.fillText("✓", left, y(m) + 0.5);
	}
}

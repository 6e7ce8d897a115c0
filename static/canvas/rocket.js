/** The rocket, in paths. Its nose points along +x; (0, 0) is the middle of its body. */

const PATHS = {
	fins: "M-6 7Q-14 16-25 17L-18 5zM-6-7Q-14-16-25-17L-18-5z",
	hull: "M30 0C20-11 0-12-19-7V7C0 12 20 11 30 0z",
	nose: "M30 0C25-5.5 20-7.8 15.5-8.9Q18 0 15.5 8.9C20 7.8 25 5.5 30 0z",
	nozzle: "M-22-6h4v12h-4z",
	fin: "M-22 0Q-10-2.6 0 0Q-10 2.6-22 0z",
	porthole: "M11.6 0a4.6 4.6 0 1 1-9.2 0a4.6 4.6 0 1 1 9.2 0z",
	glint: "M7.3-1.4a1.5 1.5 0 1 1-3 0a1.5 1.5 0 1 1 3 0z",
};
const [SKIN, NOSE] = [
	[[-11, "#fff"], [-1, "#dfe4ff"], [11, "#8b93c9"]],
	[[-9, "#ff7a9c"], [9, "#d4215a"]],
];
const FLAME = [[0, "rgb(255 255 255 / .95)"], [0.25, "rgb(255 214 92 / .95)"], [0.65, "rgb(255 110 46 / .7)"], [1, "rgb(255 60 90 / 0)"]];

let paths = null;

/** Colours from the first to the last position of `stops`, across the rocket. */
function shade(ctx, stops) {
	const [from, to] = [stops[0][0], stops.at(-1)[0]];
	const gradient = ctx.createLinearGradient(0, from, 0, to);
	for (const [at, colour] of stops) gradient.addColorStop((at - from) / (to - from), colour);
	return gradient;
}

function flame(ctx, power, flicker) {
	const length = (26 + flicker * 12) * power;
	const [bend, wide] = [-26 - length * 0.3, 8 + flicker * 2];
	const glow = ctx.createLinearGradient(-20, 0, -20 - length, 0);
	for (const stop of FLAME) glow.addColorStop(...stop);
	ctx.fillStyle = glow;
	ctx.fill(new Path2D(`M-19-6Q${bend} ${-wide} ${-20 - length} 0Q${bend} ${wide}-19 6z`));
}

/** `power`: 0 no flame, 1 full; `flicker` in [0, 1]. */
export function drawRocket(ctx, { x, y, angle }, scale, power, flicker) {
	paths ??= Object.fromEntries(Object.entries(PATHS).map(([name, data]) => [name, new Path2D(data)]));
	const fill = (name, colour) => {
		ctx.fillStyle = colour;
		ctx.fill(paths[name]);
	};
	ctx.save();
	ctx.translate(x, y);
	ctx.rotate(angle);
	ctx.scale(scale, scale);
	if (power) flame(ctx, power, flicker);
	fill("fins", "#4c39cc");
	fill("hull", shade(ctx, SKIN));
	fill("nose", shade(ctx, NOSE));
	fill("nozzle", "#3a2fa8");
	fill("fin", "#5b45e0");
	fill("porthole", "#101a4a");
	ctx.lineWidth = 1.6;
	ctx.strokeStyle = "#aab4ee";
	ctx.stroke(paths.porthole);
	fill("glint", "#7fe9ff");
	ctx.restore();
}

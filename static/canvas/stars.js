/** Stars in three depths that drift by, and stretch into streaks in flight. */

const LAYERS = [
	{ count: 80, width: 1, speed: 4, colour: "rgb(190 205 255 / .5)" },
	{ count: 34, width: 1.5, speed: 10, colour: "rgb(215 225 255 / .75)" },
	{ count: 12, width: 1.9, speed: 22, colour: "rgb(255 255 255 / .85)" },
];
/** Falling per drifting: the rocket climbs to the right. */
const SLOPE = 0.6;
const MARGIN = 40;

export class Stars {
	#layers = LAYERS.map((layer) => ({
		...layer,
		stars: Array.from({ length: layer.count }, () => [Math.random() * 4096, Math.random() * 4096]),
	}));
	#travel = 0;

	/** `speed`: 0 stands still, 1 drifts, more is flight. */
	draw(ctx, width, height, seconds, speed) {
		this.#travel += seconds * speed;
		ctx.lineCap = "round";
		for (const { stars, width: lineWidth, speed: pace, colour } of this.#layers) {
			const shift = this.#travel * pace;
			const streak = Math.max(0, speed - 2) * pace * 0.07;
			ctx.beginPath();
			for (const [x, y] of stars) {
				const left = wrap(x - shift, width + MARGIN);
				const top = wrap(y + shift * SLOPE, height + MARGIN);
				ctx.moveTo(left, top);
				ctx.lineTo(left + streak + 0.01, top - streak * SLOPE);
			}
			ctx.strokeStyle = colour;
			ctx.lineWidth = lineWidth;
			ctx.stroke();
		}
	}
}

const wrap = (value, size) => ((value % size) + size) % size;

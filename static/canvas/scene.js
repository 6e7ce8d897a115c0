/** The stage: sky, curve, rocket and what happens to it, one call a frame. */

import { elapsedOf } from "../clock.js";
import { drawAxes, drawCurve, drawExits, line, viewOf } from "./curve.js";
import { Particles } from "./particles.js";
import { drawRocket } from "./rocket.js";
import { Stars } from "./stars.js";

const MOST_SCALE = 2;
const LONGEST_FRAME_S = 0.05;

export class Scene {
	#ctx;
	#size = { width: 0, height: 0 };
	#stars = new Stars();
	#particles = new Particles();
	#last = 0;
	#phase = null;
	#motion = matchMedia("(prefers-reduced-motion: reduce)");

	constructor(canvas) {
		this.#ctx = canvas.getContext("2d");
		new ResizeObserver(([{ contentRect }]) => this.#resize(canvas, contentRect)).observe(canvas.parentElement);
	}

	#resize(canvas, { width, height }) {
		const scale = Math.min(devicePixelRatio, MOST_SCALE);
		canvas.width = Math.round(width * scale);
		canvas.height = Math.round(height * scale);
		this.#size = { width, height };
	}

	/** `picture.e`: elapsed milliseconds; `exits`, `mine`: where others and the player left. */
	draw(picture, now) {
		const seconds = Math.min((now - this.#last) / 1000, LONGEST_FRAME_S);
		this.#last = now;
		const { width, height } = this.#size;
		if (!width) return;
		const ctx = this.#ctx;
		const scale = ctx.canvas.width / width;
		ctx.setTransform(scale, 0, 0, scale, 0, 0);
		ctx.clearRect(0, 0, width, height);
		const inSpace = ["running", "crashed", "void"].includes(picture.phase);
		this.#sky(ctx, picture, inSpace, seconds);
		if (picture.curve) this.#flight(ctx, picture, inSpace, now, seconds);
		this.#phase = picture.phase;
	}

	/** While the planet is in sight (style.css draws it) no star shines through it. */
	#sky(ctx, { phase, e, curve }, inSpace, seconds) {
		const { width, height } = this.#size;
		ctx.save();
		if (!inSpace) {
			ctx.beginPath();
			ctx.rect(0, 0, width, height);
			ctx.arc(width / 2, height * 0.93 - 34 + 2 * width, 2 * width, 0, 7);
			ctx.clip("evenodd");
		}
		const speed = phase === "running" ? 3 + Math.min(14, (4 * e) / elapsedOf(curve, 200)) : 1;
		this.#stars.draw(ctx, width, height, seconds, this.#motion.matches ? 0 : speed);
		ctx.restore();
	}

	#flight(ctx, { phase, curve, e, exits, mine }, inSpace, now, seconds) {
		const { width, height } = this.#size;
		const [left, right, top, bottom] = [width < 480 ? 40 : 52, width - 14, height * 0.08, height - 30];
		const view = viewOf(curve, e, { left, right, top, bottom, width: right - left, height: bottom - top });
		const scale = Math.min(1.25, Math.max(0.7, width / 620));
		const ended = phase === "crashed";
		if (phase === "running" || ended) {
			drawAxes(ctx, view);
			drawCurve(ctx, curve, e, view, ended);
			drawExits(ctx, curve, view, exits, mine);
		}
		if (phase === "running") {
			this.#rocket(ctx, view.head, Math.min(1, (12 * e) / elapsedOf(curve, 200)), scale, 1, now, seconds);
		} else if (!inSpace) {
			ctx.fillStyle = "#5a6cc4";
			ctx.fillRect(left - 16 * scale, bottom + 4, 64 * scale, 3);
			this.#rocket(ctx, view.head, 0, scale, phase === "locked" ? 0.7 : 0, now, 0);
		}
		if (ended && this.#phase === "running" && !this.#motion.matches) this.#particles.explode(view.head, scale);
		this.#particles.draw(ctx, seconds);
		if (ended) cross(ctx, view.head, 9 * scale);
	}

	/** `lift`: 0 stands on the pad, 1 flies along the curve. */
	#rocket(ctx, { x, y, angle }, lift, scale, power, now, seconds) {
		const calm = this.#motion.matches;
		const stand = 1 - lift;
		const bob = calm || !power ? 0 : Math.sin(now / (lift ? 260 : 18)) * (lift ? 1.6 : 0.8);
		const place = { x: x + 16 * scale * stand, y: y - 24 * scale * stand + bob, angle: angle * lift - 1.45 * stand };
		if (!calm) this.#particles.exhaust(place, scale, seconds);
		drawRocket(ctx, place, scale, power, calm ? 0.5 : Math.random());
	}
}

/** Where it ended: a shape as well as a colour. */
function cross(ctx, { x, y }, arm) {
	ctx.strokeStyle = "#ff5570";
	ctx.lineWidth = arm * 0.45;
	line(ctx, [x - arm, y - arm], [x + arm, y + arm]);
	line(ctx, [x + arm, y - arm], [x - arm, y + arm]);
}

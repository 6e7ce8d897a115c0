/** Exhaust and explosion: light sprites, shards and a ring in one bounded pool. */

const MOST = 260;
const SPRITE = 64;
const GLOWS = {
	fire: [[0, "rgb(255 240 190)"], [0.3, "rgb(255 160 60 / .8)"], [1, "rgb(255 60 60 / 0)"]],
	smoke: [[0, "rgb(150 130 255 / .5)"], [1, "rgb(90 70 220 / 0)"]],
	flash: [[0, "#fff"], [0.25, "rgb(255 220 150 / .9)"], [1, "rgb(255 60 90 / 0)"]],
};

function sprite(stops) {
	const canvas = document.createElement("canvas");
	canvas.width = canvas.height = SPRITE;
	const ctx = canvas.getContext("2d");
	const half = SPRITE / 2;
	const glow = ctx.createRadialGradient(half, half, 0, half, half, half);
	for (const stop of stops) glow.addColorStop(...stop);
	ctx.fillStyle = glow;
	ctx.fillRect(0, 0, SPRITE, SPRITE);
	return canvas;
}

const upTo = (most, least = 0) => least + Math.random() * (most - least);

export class Particles {
	#alive = [];
	#owed = 0;
	#sprites = Object.fromEntries(Object.entries(GLOWS).map(([kind, stops]) => [kind, sprite(stops)]));

	/** Exhaust behind a rocket at `{x, y, angle}`, about 90 sparks a second. */
	exhaust({ x, y, angle }, scale, seconds) {
		this.#owed = Math.min(this.#owed + seconds * 90, 12);
		const tail = { x: x - Math.cos(angle) * 26 * scale, y: y - Math.sin(angle) * 26 * scale };
		for (; this.#owed >= 1; this.#owed -= 1) {
			const kind = Math.random() < 0.6 ? "fire" : "smoke";
			this.#add(kind, tail, angle + Math.PI + upTo(0.17, -0.17), upTo(190, 60), upTo(16, 7) * scale, upTo(0.85, 0.35));
		}
	}

	explode(place, scale) {
		this.#add("flash", place, 0, 0, 190 * scale, 0.55);
		this.#add("ring", place, 0, 0, 150 * scale, 0.7);
		for (let at = 0; at < 70; at += 1) {
			const kind = at % 7 === 0 ? "shard" : at % 3 === 0 ? "smoke" : "fire";
			const size = kind === "shard" ? upTo(10, 5) : upTo(32, 10);
			this.#add(kind, place, upTo(2 * Math.PI), (30 + upTo(18) ** 2) * scale, size * scale, upTo(1.5, 0.6));
		}
	}

	#add(kind, { x, y }, way, speed, size, life) {
		if (this.#alive.length >= MOST) return;
		const [dx, dy] = [Math.cos(way) * speed, Math.sin(way) * speed];
		this.#alive.push({ kind, x, y, dx, dy, size, life, age: 0, turn: upTo(7, -7) });
	}

	draw(ctx, seconds) {
		this.#alive = this.#alive.filter((each) => (each.age += seconds) < each.life);
		const drag = Math.exp(-1.6 * seconds);
		ctx.save();
		ctx.globalCompositeOperation = "lighter";
		for (const each of this.#alive) {
			each.dx *= drag;
			each.dy = each.dy * drag + (each.kind === "shard" ? 160 * seconds : 0);
			each.x += each.dx * seconds;
			each.y += each.dy * seconds;
			this.#drawOne(ctx, each, 1 - each.age / each.life);
		}
		ctx.restore();
	}

	/** `left`: the share of its life that remains. */
	#drawOne(ctx, { kind, x, y, size, age, turn }, left) {
		ctx.globalAlpha = kind === "shard" ? Math.min(1, left * 2) : left * left;
		if (kind === "ring") return ring(ctx, x, y, size * Math.sqrt(1 - left), 5 * left + 0.5);
		if (kind === "shard") return shard(ctx, x, y, size, age * turn);
		const wide = size * (kind === "flash" ? 1.6 - left : 0.45 + left * 0.55);
		ctx.drawImage(this.#sprites[kind], x - wide / 2, y - wide / 2, wide, wide);
	}
}

function ring(ctx, x, y, radius, width) {
	ctx.strokeStyle = "#ffb3c2";
	ctx.lineWidth = width;
	ctx.beginPath();
	ctx.arc(x, y, radius, 0, 7);
	ctx.stroke();
}

function shard(ctx, x, y, size, turned) {
	const [along, across] = [Math.cos(turned) * size, Math.sin(turned) * size];
	ctx.fillStyle = "#c7cdf5";
	ctx.beginPath();
	ctx.moveTo(x - along, y - across);
	ctx.lineTo(x + along, y + across);
	ctx.lineTo(x - across * 0.6, y + along * 0.6);
	ctx.fill();
}

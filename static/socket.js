/**
 * The connection: one websocket at a time. Close codes 4100–4199 and 1000 are final; any other close
 * is followed by a new attempt, at once, then after 250 ms doubling to 5 s, half of it random.
 */

const WATCH_MS = 1000;
const PING_MS = 5000;
const SILENCE_MS = 10000;
const WELCOME_MS = 8000;
const STEADY_MS = 5000;
const FIRST_MS = 250;
const MOST_MS = 5000;

/** How long to wait before attempt `failures` (0: the first after a drop); `random` in [0, 1). */
export function backoff(failures, random) {
	if (failures === 0) return 0;
	const full = Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1));
	return full / 2 + (full / 2) * random;
}

export const isFinal = (code) => code === 1000 || (code >= 4100 && code <= 4199);

/** `ws_url` as the session gives it, absolute or a path, for a page at `href`. */
export function socketUrl(given, href) {
	const url = new URL(given, href);
	url.protocol = url.protocol.replace(/^http/, "ws");
	return url.href;
}

/**
 * Keeps a connection. `on.message(object)`, `on.state("connecting" | "offline")`,
 * `on.latency(ms)`, `on.final(code, reason)`.
 */
export class Connection {
	#socket = null;
	#closed = false;
	#failures = 0;
	#welcomedAt = 0;
	#answeredAt = 0;
	#pingedAt = 0;
	#retry = 0;
	#watching = 0;

	constructor(url, session, on) {
		this.url = url;
		this.session = session;
		this.on = on;
		this.#watching = setInterval(() => this.#watch(), WATCH_MS);
		addEventListener("online", () => this.#isReady() || this.restart());
		this.#open();
	}

	/** Whether the frame left; before the welcome nothing does. */
	send(frame) {
		if (!this.#isReady()) return false;
		this.#socket.send(JSON.stringify(frame));
		return true;
	}

	/** Leave the current socket behind without waiting for its close, and start over. */
	restart() {
		if (this.#closed) return;
		const old = this.#release();
		if (old) this.#lost(1006, "");
		else this.#open();
	}

	close() {
		this.#closed = true;
		clearInterval(this.#watching);
		this.#release();
	}

	#isReady() {
		return this.#welcomedAt > 0 && this.#socket?.readyState === WebSocket.OPEN;
	}

	#release() {
		clearTimeout(this.#retry);
		const old = this.#socket;
		this.#socket = null;
		old?.close();
		return old;
	}

	#open() {
		this.on.state("connecting");
		this.#welcomedAt = 0;
		this.#answeredAt = performance.now();
		const socket = new WebSocket(this.url);
		this.#socket = socket;
		const current = () => this.#socket === socket;
		socket.onopen = () => socket.send(JSON.stringify({ type: "hello", session: this.session, v: 1 }));
		socket.onmessage = (event) => current() && this.#receive(event.data);
		socket.onclose = (event) => current() && this.#lost(event.code, event.reason);
	}

	#receive(text) {
		const now = performance.now();
		let message;
		try {
			message = JSON.parse(text);
		} catch {
			return;
		}
		if (message.type === "pong") {
			this.#answeredAt = now;
			this.on.latency(Math.max(0, Math.round(now - message.t)));
			return;
		}
		if (message.type === "welcome") {
			this.#welcomedAt = this.#answeredAt = now;
			this.#ping();
		}
		this.on.message(message);
	}

	#lost(code, reason) {
		this.#socket = null;
		if (isFinal(code)) {
			this.close();
			this.on.final(code, reason);
			return;
		}
		if (this.#welcomedAt && performance.now() - this.#welcomedAt > STEADY_MS) this.#failures = 0;
		this.#welcomedAt = 0;
		this.on.state("offline");
		this.#retry = setTimeout(() => this.#open(), backoff(this.#failures, Math.random()));
		this.#failures += 1;
	}

	#ping() {
		this.#pingedAt = performance.now();
		this.send({ type: "ping", t: Math.round(this.#pingedAt) });
	}

	#watch() {
		const now = performance.now();
		const patience = this.#welcomedAt ? SILENCE_MS : WELCOME_MS;
		if (this.#socket && now - this.#answeredAt > patience) this.restart();
		else if (now - this.#pingedAt >= PING_MS) this.#ping();
	}
}

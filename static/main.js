/** Wiring: session → socket → reduce → draw, and the player's hands back to the socket. */

import { Scene } from "./canvas/scene.js";
import { elapsedAt, elapsedOf } from "./clock.js";
import { wirePage, wirePanels } from "./controls.js";
import { react } from "./effects.js";
import { embedder, safeReturnUrl } from "./embed.js";
import { setLanguage, translate } from "./i18n.js";
import { checkRound, checkRules, checkWatched } from "./proof.js";
import { reduce } from "./reduce.js";
import { attr, one, text } from "./render/dom.js";
import { buildView, draw, shownMultiplier } from "./render/draw.js";
import { isOverdue, unanswered } from "./restore.js";
import { openSession, takeToken } from "./session.js";
import { Connection, socketUrl } from "./socket.js";
import { isMuted, toggleMute } from "./sound.js";
import { initialState } from "./state.js";

const ANSWER_MS = 8000;
/** Final closes after which a reload may go well: a goodbye, another window, an old page. */
const COME_BACK = [1000, 4101, 4105, 4106];
const SEED = /^[\x20-\x7e]{0,64}$/;

const token = takeToken(window);
let state = initialState();
let view = null;
let scene = null;
let connection = null;
let post = () => {};
let frame = 0;
let ready = false;

function dispatch(event) {
	const before = state;
	state = reduce(state, event, performance.now());
	if (state !== before && state.session) react(before, state, { say, post, crashed });
	frame ||= requestAnimationFrame(paint);
}

const set = (values) => dispatch({ type: "my/set", values });

function paint() {
	const now = performance.now();
	frame = 0;
	draw(view, state, now);
	if (state.fatal || !state.session) return;
	scene.draw(pictured(now, shownMultiplier(state, now)), now);
	frame = requestAnimationFrame(paint);
}

function pictured(now, m) {
	const { phase, curve, clock, round, exits, bets } = state;
	const e = phase === "running" ? elapsedAt(clock, now) : m > 100 ? elapsedOf(curve, m) : 0;
	const mine = bets.filter((bet) => bet.m && bet.round === round?.id).map((bet) => bet.m);
	return { phase, curve, e, exits: exits.map((row) => row.m), mine };
}

/** Send a command and show it at once; without a connection it waits for the next welcome. */
function command(message) {
	dispatch({ type: "my/sent", frame: message });
	connection.send(message);
}

function receive(message) {
	const isWelcome = message.type === "welcome";
	if (isWelcome && !ready) post("ready");
	ready ||= isWelcome;
	dispatch(message);
	if (!isWelcome) return;
	for (const waiting of unanswered(state)) connection.send(waiting);
	checkRules(state).then((rulesCheck) => set({ rulesCheck }));
}

const say = (words) => text(view.nodes.voice, words);

const checked = (round, check) => dispatch({ type: "my/check", round, check });

async function crashed(id) {
	const check = await checkWatched(state, id);
	if (check && !state.checks.has(id)) checked(id, check);
}

async function recheck(id) {
	const check = await checkRound(state, id);
	if (check.verdict || !state.checks.get(id)?.verdict) checked(id, check);
}

const page = {
	open(name, round = state.history[0]?.round) {
		set({ dialog: { name, round } });
		if (name === "fairness" && round) recheck(round);
	},
	close: () => state.dialog && set({ dialog: null }),
	dismiss: () => set({ notice: null }),
	sound: () => drawSound(toggleMute()),
	seed(clientSeed) {
		const isFit = SEED.test(clientSeed);
		const sent = isFit && connection.send({ type: "seed", client_seed: clientSeed });
		set({ clientSeed, seedNotice: sent ? "fair_saved" : isFit ? "fair_seed_offline" : "fair_seed_bad" });
	},
};

function drawSound(muted) {
	attr(view.nodes.sound, "aria-pressed", String(!muted));
	attr(one("use", view.nodes.sound), "href", muted ? "#i-muted" : "#i-sound");
}

function enter(session) {
	const { nodes } = view;
	const home = safeReturnUrl(session.return_url);
	post = embedder(window, session.return_url, document.referrer);
	for (const link of [nodes.home, nodes.fatalHome]) {
		attr(link, "hidden", !home);
		attr(link, "href", home);
		link.addEventListener("click", () => post("close"));
	}
	document.title = session.title;
	text(nodes.title, session.title);
	attr(nodes.demo, "hidden", !session.demo);
	nodes.retry.onclick = () => location.reload();
	drawSound(isMuted());
	wirePanels(view.panels, { state: () => state, dispatch, command });
	wirePage(view, page);
	scene = new Scene(nodes.canvas);
	dispatch({ type: "my/session", session });
	connection = new Connection(socketUrl(session.ws_url, location.href), session.session, {
		message: receive,
		state: (link) => dispatch({ type: "my/connection", state: link }),
		latency: (latency) => dispatch({ type: "my/latency", latency }),
		final: (code, message) => set({ fatal: { code, message, over: true, retry: COME_BACK.includes(code) } }),
	});
	setInterval(() => isOverdue(state, performance.now() - ANSWER_MS) && connection.restart(), 1000);
}

async function begin() {
	const { session, fatal } = await openSession(token);
	setLanguage(session?.lang ?? navigator.language);
	translate(document);
	view ??= buildView();
	view.nodes.retry.onclick = begin;
	set({ fatal: fatal ?? null });
	if (session) enter(session);
}

begin();

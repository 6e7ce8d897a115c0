/** A few synthesised sounds. Nothing is loaded; nothing sounds before the player's first gesture. */

const KEY = "apogee.muted";
const VOLUME = 0.22;

/** Storage may be forbidden in an iframe: then the choice lasts as long as the page. */
function storage(work) {
	try {
		return work(localStorage);
	} catch {
		return null;
	}
}

let muted = storage((store) => store.getItem(KEY)) === "1";
let context = null;
let master = null;

export const isMuted = () => muted;

export function toggleMute() {
	muted = !muted;
	storage((store) => store.setItem(KEY, muted ? "1" : "0"));
	return muted;
}

export function wakeSound() {
	if (!globalThis.AudioContext) return;
	if (!context) {
		context = new AudioContext();
		master = new GainNode(context, { gain: VOLUME });
		master.connect(context.destination);
	}
	if (context.state === "suspended") context.resume().catch(() => {});
}

/** `source` through an envelope that starts `delay` seconds from now and fades within `length`. */
function sound(source, delay, length, gain, filter = master) {
	const at = context.currentTime + delay;
	const level = new GainNode(context, { gain: 0 });
	level.gain.setValueAtTime(gain, at);
	level.gain.exponentialRampToValueAtTime(0.001, at + length);
	source.connect(level).connect(filter);
	source.start(at);
	source.stop(at + length);
}

function tone(type, from, to, length, gain, delay = 0) {
	const source = new OscillatorNode(context, { type, frequency: from });
	source.frequency.exponentialRampToValueAtTime(to, context.currentTime + delay + length);
	sound(source, delay, length, gain);
}

function noise(from, to, length, gain) {
	const buffer = context.createBuffer(1, context.sampleRate * length, context.sampleRate);
	buffer.getChannelData(0).forEach((_, at, data) => (data[at] = Math.random() * 2 - 1));
	const filter = new BiquadFilterNode(context, { type: "lowpass", frequency: from });
	filter.frequency.exponentialRampToValueAtTime(to, context.currentTime + length);
	filter.connect(master);
	sound(new AudioBufferSourceNode(context, { buffer }), 0, length, gain, filter);
}

const SOUNDS = {
	press: () => tone("triangle", 520, 700, 0.07, 0.35),
	launch: () => noise(300, 2400, 1.1, 0.35),
	win: () => [523, 659, 784, 1047].forEach((note, at) => tone("sine", note, note, 0.35, 0.4, at * 0.07)),
	error: () => tone("square", 220, 150, 0.18, 0.15),
	crash: () => {
		noise(2600, 60, 1.3, 0.9);
		tone("sawtooth", 110, 34, 0.9, 0.4);
	},
};

export function play(name) {
	if (context?.state === "running" && !muted && !document.hidden) SOUNDS[name]();
}

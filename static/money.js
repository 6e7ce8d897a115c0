/** Exact money: safe integers of minor units and hundredths, BigInt products, no fractions. */

const UNUSUAL = {
	0: "CLP ISK JPY KRW PYG UGX VND XAF XOF",
	3: "BHD IQD JOD KWD OMR TND",
	6: "TRX USDC USDT XRP",
	8: "BCH BTC DOGE ETH LTC",
};

/** Digits after the point, for other players' currencies; one's own comes with the session. */
export const exponentOf = (currency) =>
	Number(Object.keys(UNUSUAL).find((digits) => UNUSUAL[digits].split(" ").includes(currency)) ?? 2);

const locales = new Map();

function localeOf(lang) {
	if (!locales.has(lang)) locales.set(lang, describeLocale(lang));
	return locales.get(lang);
}

function describeLocale(lang) {
	const options = { numberingSystem: "latn", useGrouping: true };
	let format;
	try {
		format = new Intl.NumberFormat(lang, options);
	} catch {
		format = new Intl.NumberFormat("en", options);
	}
	const point = format.formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? ".";
	return { whole: (value) => format.format(value), point };
}

/** `123456, 2` → `1,234.56`. Of many digits after the point trailing zeros go, unless `full`. */
export function formatAmount(amount, exponent, lang = "en", full = false) {
	const { whole, point } = localeOf(lang);
	const digits = String(Math.abs(amount)).padStart(exponent + 1, "0");
	const cut = digits.length - exponent;
	const sign = amount < 0 ? "−" : "";
	let part = digits.slice(cut);
	if (exponent > 3 && !full) part = part.slice(0, 2) + part.slice(2).replace(/0+$/, "");
	return sign + whole(Number(digits.slice(0, cut))) + (part && point + part);
}

/** As an input field holds it: `123456, 2` → `1234.56`. */
export function amountText(amount, exponent) {
	const digits = String(amount).padStart(exponent + 1, "0");
	const cut = digits.length - exponent;
	return exponent ? `${digits.slice(0, cut)}.${digits.slice(cut)}` : digits;
}

/** What somebody typed → minor units, or null when it is no exact positive amount. */
export function parseAmount(text, exponent) {
	const [, whole, part = ""] = /^(\d{0,16})(?:[.,](\d*))?$/.exec(text.trim()) ?? [null, ""];
	if ((whole === "" && part === "") || part.length > exponent) return null;
	const amount = BigInt((whole || "0") + part.padEnd(exponent, "0"));
	return amount > 0n && amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : null;
}

export const formatMultiplier = (m, lang) => `${formatAmount(m, 2, lang)}x`;

export const parseMultiplier = (text) => parseAmount(text.trim().replace(/[x×]$/i, ""), 2);

export const payout = (stake, m) => Number((BigInt(stake) * BigInt(m)) / 100n);

/** The largest multiplier at which `stake` pays no more than `maxWin`. */
export const largestMultiplier = (stake, maxWin) => Number((BigInt(maxWin) * 100n + 99n) / BigInt(stake));

/** Where a bet leaves by itself: its target, the cap or the maximum win, whichever comes first. */
export function exitMultiplier(stake, auto, { cap, max_win: maxWin }) {
	return Math.min(cap, auto ?? cap, maxWin ? largestMultiplier(stake, maxWin) : cap);
}

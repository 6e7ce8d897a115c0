/**
 * Who is playing: the launch token from the address becomes a session, kept in memory and, for a
 * reload, in this tab's sessionStorage. The token itself is never stored.
 */

import { canVerify, sha256Hex } from "./verify.js";

const KEY = "apogee.session";
const TRIES = 3;

/** Take the launch token out of the address, and out of the address bar. */
export function takeToken({ location, history }) {
	const address = new URL(location.href);
	const token = address.searchParams.get("session");
	address.searchParams.delete("session");
	if (token !== null) history.replaceState(null, "", address);
	return token;
}

/** Storage may be forbidden in an iframe: then a reload needs a new launch, nothing else breaks. */
function storage(work) {
	try {
		return work(sessionStorage);
	} catch {
		return null;
	}
}

/**
 * Resolves to `{session}` or `{fatal: {code, message, retry}}`. A token that was used up resumes the
 * session it opened in this very tab: the casino's page was reloaded.
 */
export async function openSession(token) {
	const kept = storage((store) => JSON.parse(store.getItem(KEY)));
	if (token === null) return kept ?? { fatal: { code: "no_session" } };
	const print = canVerify() ? await sha256Hex(`apogee:${token}`) : null;
	const answer = await exchange(token);
	if (answer.session) storage((store) => store.setItem(KEY, JSON.stringify({ ...answer, print })));
	return answer.fatal?.status === 410 && print && kept?.print === print ? kept : answer;
}

async function exchange(token) {
	const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token }) };
	for (let tried = 1; ; tried += 1) {
		// What the network loses is tried again, like a fault of the server.
		const response = await fetch("/play/session", request).catch(() => null);
		const answer = await response?.json().catch(() => ({}));
		if (response?.ok) return { session: answer };
		if (response?.status < 500) return { fatal: { code: "refused", ...answer, status: response.status } };
		if (tried === TRIES) return { fatal: { code: "unreachable", retry: true } };
		await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** tried));
	}
}

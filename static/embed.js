/** Events for the embedding page, `{source: "apogee", event, …}`, to one explicit origin or nobody. */

function originOf(url) {
	try {
		const { protocol, origin } = new URL(url);
		return protocol === "https:" || protocol === "http:" ? origin : null;
	} catch {
		return null;
	}
}

/** The return address if it is a web address; anything else (`javascript:` …) is no address. */
export const safeReturnUrl = (url) => (url && originOf(url) ? url : null);

/** `post(event, detail)`, bound to the embedding page, or to nobody. */
export function embedder(view, returnUrl, referrer) {
	const target = originOf(returnUrl) ?? originOf(referrer);
	if (!target || view.parent === view) return () => {};
	return (event, detail = {}) => view.parent.postMessage({ source: "apogee", event, ...detail }, target);
}

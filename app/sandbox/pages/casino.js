/** The casino's JSON API and its stream of changes. */

const { path } = JSON.parse(document.documentElement.dataset.settings);

const api = (name) => `${path}/api${name}`;

async function answerOf(request) {
  let answer;
  try {
    const response = await request;
    answer = await response.json();
  } catch {
    throw new Error("The casino does not answer. Is it still running?");
  }
  if (!answer.ok) throw new Error(answer.message ?? "The casino refused without a reason.");
  return answer;
}

/** The answer's object. Throws an `Error` whose message is for the reader. */
export const get = (name) => answerOf(fetch(api(name)));

/** As `get`. */
export const post = (name, fields) =>
  answerOf(
    fetch(api(name), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(fields),
    }),
  );

export const statementUrl = (player) => api(`/statement.csv?player=${encodeURIComponent(player)}`);

/**
 * Follow one player: `onChange(change)` at once and then for every change, `onState("live" |
 * "connecting" | "paused")`. Returns a function that ends it. A hidden tab lets its connection go:
 * browsers allow six to one server, and the game needs some.
 */
export function follow(player, onChange, onState) {
  let source = null;
  const open = () => {
    onState("connecting");
    source = new EventSource(api(`/events?player=${encodeURIComponent(player)}`));
    source.addEventListener("open", () => onState("live"));
    source.addEventListener("error", () => onState("connecting"));
    source.addEventListener("change", (event) => onChange(JSON.parse(event.data)));
  };
  const close = () => {
    source?.close();
    source = null;
  };
  const turn = () => {
    if (document.hidden) {
      close();
      onState("paused");
    } else if (!source) open();
  };
  document.addEventListener("visibilitychange", turn);
  turn();
  return () => {
    document.removeEventListener("visibilitychange", turn);
    close();
  };
}

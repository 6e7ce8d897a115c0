import assert from "node:assert/strict";
import { test } from "node:test";
import { embedder, safeReturnUrl } from "../../static/embed.js";
import { backoff, isFinal, socketUrl } from "../../static/socket.js";

test("the first attempt after a drop is immediate, the next ones ever later, at most 5 s", () => {
  assert.equal(backoff(0, 0.5), 0);
  assert.deepEqual([1, 2, 3, 4, 5, 6, 20].map((failures) => backoff(failures, 1)), [250, 500, 1000, 2000, 4000, 5000, 5000]);
  assert.equal(backoff(3, 0), 500);
});

test("close codes say whether to come back", () => {
  for (const code of [1000, 4100, 4150, 4199]) assert.equal(isFinal(code), true, `${code}`);
  for (const code of [1001, 1006, 1012, 4000, 4099, 4200]) assert.equal(isFinal(code), false, `${code}`);
});

test("the socket's address may be absolute or a path", () => {
  assert.equal(socketUrl("/play/ws", "https://game.example/play?a=1"), "wss://game.example/play/ws");
  assert.equal(socketUrl("/play/ws", "http://127.0.0.1:8000/play"), "ws://127.0.0.1:8000/play/ws");
  assert.equal(socketUrl("wss://live.example/ws", "https://game.example/play"), "wss://live.example/ws");
  assert.equal(socketUrl("https://live.example/ws", "https://game.example/play"), "wss://live.example/ws");
});

test("only a web address is an address to return to", () => {
  assert.equal(safeReturnUrl("https://casino.example/lobby"), "https://casino.example/lobby");
  for (const url of ["javascript:alert(1)", "data:text/html,x", "/lobby", "", null, undefined]) assert.equal(safeReturnUrl(url), null);
});

function hosted() {
  const posts = [];
  const parent = { postMessage: (data, origin) => posts.push([data, origin]) };
  return { view: { parent }, posts };
}

test("the embedding page is told at its own origin alone", () => {
  const { view, posts } = hosted();
  embedder(view, "https://casino.example/lobby?x=1", "https://other.example/")("round", { phase: "crashed" });
  embedder(view, null, "https://other.example/page")("ready");
  assert.deepEqual(posts, [
    [{ source: "apogee", event: "round", phase: "crashed" }, "https://casino.example"],
    [{ source: "apogee", event: "ready" }, "https://other.example"],
  ]);
});

test("where the embedding page's origin is unknown, or there is none, nothing is told", () => {
  const { view, posts } = hosted();
  embedder(view, null, "")("ready");
  embedder(view, "javascript:1", "about:blank")("ready");
  const top = { postMessage: () => assert.fail("told itself") };
  top.parent = top;
  embedder(top, "https://casino.example/", "")("ready");
  assert.deepEqual(posts, []);
});

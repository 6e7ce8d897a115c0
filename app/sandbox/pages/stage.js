/** The game's frame: opened by a launch, closed by the player or by the game itself. */

import { post } from "./casino.js";
import { byId, short } from "./dom.js";

const { game: gameOrigin } = JSON.parse(document.documentElement.dataset.settings);

const stage = byId("stage");
const frame = byId("game");

/** `currentPlayer()` tells who plays, `onError(message)` why nobody can. */
export function buildStage(currentPlayer, onError) {
  byId("play").addEventListener("click", () => open(currentPlayer(), onError));
  byId("close-game").addEventListener("click", closeGame);
  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== gameOrigin || source !== frame.contentWindow) return;
    if (data?.source === "apogee" && data.event === "close") closeGame();
  });
}

async function open(player, onError) {
  const button = byId("play");
  button.disabled = true;
  button.textContent = "Opening…";
  try {
    const { launch_url: url, session_id: session } = await post("/launch", { player });
    frame.src = url;
    byId("session").textContent = `session ${short(session)}`;
    byId("session").title = session;
    show(true);
  } catch (error) {
    onError(error.message);
  } finally {
    button.disabled = false;
    button.textContent = "Play";
  }
}

/** Take the game off the table; its bets ride on. */
export function closeGame() {
  frame.removeAttribute("src");
  show(false);
}

function show(playing) {
  stage.dataset.state = playing ? "open" : "closed";
  stage.querySelector(".table").hidden = !playing;
  stage.querySelector(".poster").hidden = playing;
  if (playing) frame.focus();
}

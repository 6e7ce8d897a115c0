/** The lobby: who plays, what they have, and everything that follows from it. */

import { addCallbacks } from "./callbacks.js";
import { follow, get, post, statementUrl } from "./casino.js";
import { byId, make } from "./dom.js";
import { buildFaults, showFaults } from "./faults.js";
import { currencies, format, parse } from "./money.js";
import { showBooks } from "./rounds.js";
import { buildStage, closeGame } from "./stage.js";

let players = [];
let player = null;
let unfollow = () => {};

const picker = byId("player");

function say(message) {
  const notice = byId("notice");
  notice.firstElementChild.textContent = message;
  notice.hidden = !message;
}

function showPlayer() {
  const shown = `${format(player.balance_minor, player.currency)} ${player.currency}`;
  const balance = byId("balance");
  if (balance.textContent !== shown) balance.textContent = shown;
  balance.dataset.minor = player.balance_minor;
  document.title = `${player.name} · Sandbox Casino`;
}

function showPicker() {
  const options = players.map(({ id, name, currency }) => make("option", { value: id }, `${name} (${currency})`));
  picker.replaceChildren(...options);
  picker.value = player.id;
}

/** Sit somebody else down: their balance, books and stream; the game of the last one is closed. */
function seat(next) {
  player = next;
  if (!players.some(({ id }) => id === next.id)) players = [...players, next];
  closeGame();
  say("");
  for (const id of ["play", "top-up-open"]) byId(id).disabled = false;
  showPicker();
  showPlayer();
  byId("statement").href = statementUrl(next.id);
  unfollow();
  unfollow = follow(next.id, show, showLive);
}

function show(change) {
  player = change.player;
  showPlayer();
  showBooks(change);
  showFaults(change.switches);
  addCallbacks(change.callbacks);
}

function showLive(state) {
  byId("live").dataset.state = state;
  byId("live").textContent = state;
}

const wanted = () => new URL(location.href).searchParams.get("player");

function remember(id, write) {
  const url = new URL(location.href);
  url.searchParams.set("player", id);
  write.call(history, null, "", url);
}

function pick(id) {
  remember(id, history.pushState);
  seat(players.find((one) => one.id === id));
}

/** The player of the address, else the first one. */
async function arrive() {
  ({ players } = await get("/players"));
  const id = wanted();
  if (id) {
    try {
      const { player: known } = await get(`/books?limit=1&player=${encodeURIComponent(id)}`);
      seat(known);
      return;
    } catch (error) {
      seat(players[0]);
      say(`${error.message} (${id})`);
    }
  } else seat(players[0]);
  remember(player.id, history.replaceState);
}

/** A dialog whose form is sent by `send(form)`; what that throws is shown inside. */
function buildDialog(id, prepare, send) {
  const dialog = byId(id);
  const form = dialog.querySelector("form");
  const wrong = form.querySelector(".wrong");
  byId(`${id}-open`).addEventListener("click", () => {
    wrong.textContent = "";
    prepare(form);
    dialog.showModal();
  });
  form.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await send(form.elements);
      dialog.close();
    } catch (error) {
      wrong.textContent = error.message;
    }
  });
}

function build() {
  buildFaults(say);
  buildStage(() => player.id, say);
  byId("notice").querySelector("button").addEventListener("click", () => say(""));
  picker.addEventListener("change", () => pick(picker.value));
  addEventListener("popstate", () => arrive().catch((error) => say(error.message)));
  byId("new-player").querySelector("select").append(...currencies.map((code) => make("option", {}, code)));
  buildDialog(
    "new-player",
    (form) => form.reset(),
    async ({ name, currency, balance }) => {
      const balance_minor = parse(balance.value, currency.value);
      const made = await post("/players", { name: name.value, currency: currency.value, balance_minor });
      players = [...players, made.player];
      pick(made.player.id);
    },
  );
  buildDialog(
    "top-up",
    (form) => {
      form.querySelector("[data-currency]").textContent = player.currency;
    },
    async ({ amount }) => {
      const amount_minor = parse(amount.value, player.currency);
      await post(`/players/${encodeURIComponent(player.id)}/deposit`, { amount_minor });
    },
  );
}

build();
arrive().catch((error) => say(error.message));

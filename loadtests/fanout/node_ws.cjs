// The common Node peer: `ws`, one send() a socket, no compression. Same commands as floor.c.
const { WebSocketServer } = require("ws");

const period = 1000 / Number(process.argv[2]);
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
let timer = null;
let elapsed = 10000;

function tick() {
  elapsed = elapsed === 99999 ? 10000 : elapsed + 1;
  const text = JSON.stringify({
    type: "tick", round: "01930000-0000-7000-8000-000000000001", e: elapsed, m: 237,
  });
  for (const client of server.clients) client.send(text);
}

server.on("listening", () => console.log(`port ${server.address().port}`));
process.stdin.on("data", (commands) => {
  for (const command of commands.toString()) {
    if (command === "g" && timer === null) timer = setInterval(tick, period);
    if (command === "s") { clearInterval(timer); timer = null; }
  }
});
process.stdin.on("end", () => process.exit(0));

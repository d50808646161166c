/**
 * Lets pytest drive a client. Commands come as JSON lines, {n, do, ...}: the client's method "do" is called with the
 * command, and {n, value} or {n, error} is printed when it ends. What the server pushes is printed as {push, params}.
 */
import { createInterface } from "node:readline";

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Serve commands until the input ends. `make` gets the function that prints a push, and returns the client. */
export function drive(make) {
  const client = make((push, params = null) => say({ push, params }));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => serve(client, JSON.parse(line)));
  lines.on("close", () => process.exit());
}

async function serve(client, command) {
  const { n } = command;
  try {
    say({ n, value: (await client[command.do](command)) ?? null });
  } catch (error) {
    say({ n, error: { code: error.code ?? null, message: String(error.message), data: error.data ?? null } });
  }
}

/** Return a maker of ids: 0, 1, 2… or "call-0", "call-1"… */
export function idMaker(kind) {
  let next = 0;
  return () => (kind === "string" ? `call-${next++}` : next++);
}

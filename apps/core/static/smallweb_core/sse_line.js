/**
 * What socket.js uses where websockets are blocked: it looks like a WebSocket, and is an EventSource and posts.
 *
 * GET …/rpc/events?channel=a&channel=b: each event's data is one notification, as on the websocket. The first is
 *   rpc.ping, sent when every publication from then on will come. Filters that the caller may not hear are left out.
 *   The event "close" with {"code"} is the last one.
 * POST …/rpc/: one frame, answered by its answer or by JSON Lines ($/progress notifications, then the answer), by no
 *   content if it is a notification. rpc.subscribe answers as on the websocket and listens to nothing. A request that
 *   the client aborts is cancelled.
 *
 * Nothing is lost in between: a subscription first opens a stream that names its filter, then asks where the channel
 * stands, and what the stream brings waits for that answer. The stream before it is ended as soon as the new one
 * speaks, and what both may have missed is asked for as after any gap, by rpc.lagged.
 */
import { csrfToken } from "./csrf.js";

const LOST = 1006;
const IN_ORDER = new Set(["rpc.get", "rpc.set", "rpc.delete"]);
const ERRORS = new Map([[401, -32003], [403, -32003], [429, -32011], [503, -32011]]);
const INTERNAL_ERROR = -32603;

export class SseLine extends EventTarget {
  #base;
  #stream = null; // the one that speaks
  #next = null; // the one that is to follow it
  #isClosed = false;
  #heard = new Set(); // the filters of the stream
  #wanted = new Set(); // those of the next one
  #waiting = []; // the requests for it: {text, id, channel}
  #asking = 0; // subscriptions that are not answered yet
  #held = []; // what the stream said meanwhile
  #posts = new Map(); // id -> AbortController
  #inOrder = Promise.resolve();

  /** Take the websocket's address: …/ws/ means …/rpc/. */
  constructor(url) {
    super();
    this.#base = url.replace(/^ws/, "http").replace(/ws\/(\?.*)?$/, "rpc/");
    this.#listen();
  }

  send(text) {
    const { method, params, id } = JSON.parse(text);
    if (method === "rpc.subscribe") this.#subscribe({ text, id, channel: params.channel });
    else if (method === "rpc.unsubscribe") this.#unsubscribe(params.channel, id);
    else if (method === "$/cancelRequest") this.#posts.get(params.id)?.abort();
    else if (IN_ORDER.has(method)) this.#inOrder = this.#inOrder.then(() => this.#post(text, id));
    else this.#post(text, id);
  }

  close(code = 1000) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream?.close();
    this.#next?.close();
    for (const post of this.#posts.values()) post.abort();
    this.dispatchEvent(new CloseEvent("close", { code }));
  }

  #subscribe(request) {
    this.#wanted.add(request.channel);
    if (this.#heard.has(request.channel)) this.#ask(request);
    else this.#waiting.push(request);
    this.#listenSoon();
  }

  #unsubscribe(channel, id) {
    const result = this.#wanted.delete(channel);
    this.#listenSoon();
    this.#say(JSON.stringify({ jsonrpc: "2.0", result, id }));
  }

  /** All that one turn of the page subscribes to shares a stream. */
  #listenSoon() {
    setTimeout(() => {
      const isOther = this.#wanted.size !== this.#heard.size || [...this.#wanted].some((one) => !this.#heard.has(one));
      if (isOther && !this.#next && !this.#isClosed) this.#listen();
    });
  }

  #listen() {
    const filters = new Set(this.#wanted);
    const address = new URL("events", this.#base);
    for (const filter of filters) address.searchParams.append("channel", filter);
    const stream = new EventSource(address);
    this.#next = stream;
    stream.addEventListener("message", ({ data }) => {
      if (stream === this.#next) this.#follow(stream, filters);
      this.#hear(data);
    });
    stream.addEventListener("close", ({ data }) => this.close(JSON.parse(data).code));
    stream.addEventListener("error", () => this.close(LOST));
  }

  #follow(stream, filters) {
    const isFirst = this.#stream === null;
    const kept = [...filters].filter((filter) => this.#heard.has(filter));
    this.#stream?.close();
    this.#stream = stream;
    this.#next = null;
    this.#heard = filters;
    if (isFirst) this.dispatchEvent(new Event("open"));
    const waiting = this.#waiting.splice(0);
    this.#waiting = waiting.filter(({ channel }) => !filters.has(channel));
    for (const request of waiting) if (filters.has(request.channel)) this.#ask(request);
    for (const channel of kept) {
      this.#say(JSON.stringify({ jsonrpc: "2.0", method: "rpc.lagged", params: { channel, from: null, to: null } }));
    }
    this.#listenSoon();
  }

  #hear(data) {
    if (this.#asking) this.#held.push(data);
    else this.#say(data);
  }

  #say(data) {
    if (!this.#isClosed) this.dispatchEvent(new MessageEvent("message", { data }));
  }

  async #ask({ text, id, channel }) {
    this.#asking++;
    const isAgreed = await this.#post(text, id);
    if (!isAgreed) this.#wanted.delete(channel);
    // In a turn of its own: by then the answer has been taken.
    setTimeout(() => {
      this.#asking--;
      if (!this.#asking) for (const data of this.#held.splice(0)) this.#say(data);
    });
  }

  /** Returns whether the answer was a result; a broken connection closes the line. */
  async #post(text, id) {
    const controller = new AbortController();
    this.#posts.set(id, controller);
    try {
      const response = await fetch(this.#base, {
        method: "POST",
        body: text,
        signal: controller.signal,
        headers: {
          "Accept": "application/jsonl, application/json",
          "Content-Type": "application/json",
          "X-CSRFToken": csrfToken(),
        },
      });
      return response.ok ? await this.#take(response.body) : this.#refuse(response.status, id);
    } catch {
      if (!controller.signal.aborted) this.close(LOST);
      return false;
    } finally {
      this.#posts.delete(id);
    }
  }

  async #take(body) {
    let last = "{}";
    for await (const line of lines(body)) {
      last = line;
      this.#say(line);
    }
    return "result" in JSON.parse(last);
  }

  #refuse(status, id) {
    const error = { code: ERRORS.get(status) ?? INTERNAL_ERROR, message: `The server answered HTTP ${status}.` };
    this.#say(JSON.stringify({ jsonrpc: "2.0", error, id }));
    return false;
  }
}

async function* lines(body) {
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const parts = (rest + (value ?? "")).split("\n");
    rest = done ? "" : parts.pop();
    yield* parts.filter((part) => part !== "");
    if (done) return;
  }
}

/** The page's line to /ws/: see docs/channels.md. */
import { Subscription } from "./subscription.js";

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
const TIMEOUT_MS = 30_000;
const OPENING_MS = 10_000;
const SILENT_INTERVALS = 2.5;
const FAILED_OPENS = 2;
const NO_SUCH_PATH = 4404;
const TOO_MANY = 4429;
const PATIENT_ATTEMPT = 5;
const BUSY = -32011;

export class RpcError extends Error {
  name = "RpcError";

  constructor({ code, message, data }) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export class ConnectionLost extends Error {
  name = "ConnectionLost";
}

export function reconnectDelay(attempt, random = Math.random) {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return longest / 2 + (random() * longest) / 2;
}

const frame = (message) => JSON.stringify({ jsonrpc: "2.0", ...message });

export class Socket extends EventTarget {
  #url;
  #transport;
  #line = null;
  #isOnline = false;
  #isClosed = false;
  #attempt = 0;
  #failedOpens = 0;
  #reconnectTimer = 0;
  #watchTimer = 0;
  #intervalMs = 25_000;
  #heardAt = 0;
  #nextId = 0;
  #pending = new Map();
  #subscriptions = new Map();
  #notifications = new Map([
    ["rpc.event", (params) => this.#named(params.channel, (subscription) => subscription.give(params))],
    ["rpc.lagged", (params) => this.#named(params.channel, (subscription) => this.#ask(subscription))],
    ["rpc.ping", (params) => this.#beat(params.interval_s)],
    ["rpc.unsubscribed", (params) => this.#refused(params.channel, null)],
    ["rpc.presence", (params) => this.#named(params.channel, (subscription) => subscription.meet(params))],
    ["$/progress", ({ token, value }) => this.#pending.get(token)?.progress(value)],
  ]);

  constructor(url, transport) {
    super();
    this.#url = url;
    this.#transport = transport;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => this.#hurry());
    this.#open();
  }

  get status() {
    return this.#isOnline ? "online" : "offline";
  }

  call(method, params = [], { timeout = TIMEOUT_MS, signal, onProgress } = {}) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = ++this.#nextId;
      const giveUp = (error) => {
        if (call.isSent) this.#line.send(frame({ method: "$/cancelRequest", params: { id } }));
        this.#settle(id, "reject", error);
      };
      const abort = () => giveUp(signal.reason);
      const expire = () => giveUp(new ConnectionLost(`${method}: no answer in ${timeout} ms.`));
      const call = {
        resolve,
        reject,
        text: frame({ method, params, id }),
        timer: setTimeout(expire, timeout),
        progress(value) {
          clearTimeout(call.timer);
          call.timer = setTimeout(expire, timeout);
          onProgress?.(value);
        },
        end() {
          clearTimeout(call.timer);
          signal?.removeEventListener("abort", abort);
        },
      };
      signal?.addEventListener("abort", abort);
      this.#pending.set(id, call);
      if (this.#isOnline) this.#send(call);
    });
  }

  #send(call) {
    call.isSent = true;
    this.#line.send(call.text);
  }

  async subscribe(filter, handler, { retained = true, ...options } = {}) {
    let subscription = this.#subscriptions.get(filter);
    if (!subscription) {
      subscription = new Subscription(filter);
      this.#subscriptions.set(filter, subscription);
    }
    const listener = subscription.add(handler, { retained, ...options });
    if (this.#isOnline && !subscription.isAsked) this.#ask(subscription);
    await subscription.agreed;
    return () => this.#stop(subscription, listener);
  }

  async unsubscribe(filter) {
    if (!this.#subscriptions.delete(filter) || !this.#isOnline) return;
    await this.call("rpc.unsubscribe", { channel: filter });
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#reconnectTimer);
    this.#line?.close(1000);
    this.#lost(1000);
  }

  #stop(subscription, listener) {
    const isLast = subscription.remove(listener) && this.#isWanted(subscription);
    return isLast ? this.unsubscribe(subscription.filter) : undefined;
  }

  #isWanted(subscription) {
    return this.#subscriptions.get(subscription.filter) === subscription;
  }

  // Until a websocket has opened once, every second failure leads to events and posts.
  #open() {
    const isBlocked = this.#failedOpens >= FAILED_OPENS && this.#failedOpens % 2 === 0;
    if (!isBlocked && this.#transport !== "sse") return this.#use(new WebSocket(this.#url));
    const attempt = (this.#line = { close() {} });
    return import("./sse_line.js").then(
      ({ SseLine }) => attempt === this.#line && this.#use(new SseLine(this.#url)),
      () => attempt === this.#line && this.#lost(),
    );
  }

  #use(line) {
    this.#line = line;
    this.#watchTimer = setTimeout(() => line.close(), OPENING_MS);
    line.addEventListener("open", () => line === this.#line && this.#onOpen());
    line.addEventListener("message", ({ data }) => line === this.#line && this.#hear(data));
    line.addEventListener("close", ({ code }) => line === this.#line && this.#lost(code));
  }

  #onOpen() {
    if (this.#line instanceof WebSocket) this.#failedOpens = -Infinity;
    this.#isOnline = true;
    this.#heardAt = Date.now();
    clearTimeout(this.#watchTimer);
    this.#watchTimer = setInterval(() => this.#watch(), 1000);
    this.dispatchEvent(new Event("online"));
    for (const call of this.#pending.values()) if (!call.isSent) this.#send(call);
    for (const subscription of this.#subscriptions.values()) if (!subscription.isAsked) this.#ask(subscription);
  }

  #lost(code) {
    const wasOnline = this.#isOnline;
    this.#line = null;
    this.#isOnline = false;
    if (!wasOnline || this.#failedOpens > 0) this.#failedOpens++;
    clearInterval(this.#watchTimer);
    for (const [id, { isSent }] of this.#pending) {
      if (isSent || this.#isClosed) this.#settle(id, "reject", new ConnectionLost("The line broke."));
    }
    for (const subscription of this.#subscriptions.values()) subscription.pause();
    if (wasOnline) this.dispatchEvent(new Event("offline"));
    if (this.#isClosed || code === NO_SUCH_PATH) return;
    if (code === TOO_MANY) this.#attempt = Math.max(this.#attempt, PATIENT_ATTEMPT);
    this.#reconnectTimer = setTimeout(() => this.#open(), reconnectDelay(this.#attempt++));
  }

  // The network or the reader is back: neither wait nor trust a silent line.
  #hurry() {
    clearTimeout(this.#reconnectTimer);
    if (this.#line) this.#watch();
    else if (!this.#isClosed) this.#open();
  }

  #watch() {
    if (!this.#isOnline || Date.now() - this.#heardAt < SILENT_INTERVALS * this.#intervalMs) return;
    const line = this.#line;
    this.#lost();
    line.close();
  }

  #beat(intervalS) {
    this.#intervalMs = intervalS * 1000;
    this.#attempt = 0;
  }

  #hear(text) {
    this.#heardAt = Date.now();
    const message = JSON.parse(text);
    if (message.method !== undefined) {
      this.#notifications.get(message.method)?.(message.params);
    } else if (message.error) {
      this.#settle(message.id, "reject", new RpcError(message.error));
    } else {
      this.#settle(message.id, "resolve", message.result);
    }
  }

  #settle(id, how, value) {
    const call = this.#pending.get(id);
    if (!call) return;
    this.#pending.delete(id);
    call.end();
    call[how](value);
  }

  #named(channel, tell) {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.isLive && (subscription.names(channel) || subscription.filter === channel)) tell(subscription);
    }
  }

  async #ask(subscription) {
    subscription.isAsked = true;
    subscription.isLive = false;
    try {
      subscription.take(await this.call("rpc.subscribe", subscription.params()));
    } catch (error) {
      if (error instanceof RpcError && error.code !== BUSY) this.#refused(subscription.filter, error);
      else setTimeout(() => this.#askAgain(subscription), reconnectDelay(2));
    }
  }

  #askAgain(subscription) {
    if (this.#isWanted(subscription) && this.#isOnline && !subscription.isLive) this.#ask(subscription);
  }

  #refused(filter, error) {
    const subscription = this.#subscriptions.get(filter);
    if (!subscription) return;
    this.#subscriptions.delete(filter);
    subscription.refuse(error ?? new RpcError({ code: -32003, message: `${filter}: no longer allowed.` }));
    this.dispatchEvent(new CustomEvent("refused", { detail: { channel: filter, error } }));
  }
}

const sockets = new Map();

export function connect({ url = "/ws/", transport } = {}) {
  const address = new URL(url, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  if (!sockets.has(address.href)) sockets.set(address.href, new Socket(address.href, transport));
  return sockets.get(address.href);
}

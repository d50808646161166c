/**
 * One websocket a page, JSON-RPC 2.0. Subscriptions survive a broken line: they are taken up again from
 * the last seen offset, so that every publication reaches its handler once and in order, or onGap is told.
 *
 *   import { connect } from "/static/smallweb_core/socket.js";
 *   const socket = connect();
 *   const stop = await socket.subscribe("pages/index.html/#", (data, { channel, offset, epoch }) => { … });
 *   const answer = await socket.call("rpc.ping", [], { timeout: 5000 });
 *
 * Events of the socket: "online", "offline", and "refused" (detail: {channel, error}) for a subscription
 * that the server ended.
 */
import { Subscription } from "./subscription.js";

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
const CALL_TIMEOUT_MS = 30_000;
const SILENT_INTERVALS = 2.5;
const NO_SUCH_PATH = 4404;
const TOO_MANY = 4429;
const PATIENT_ATTEMPT = 5;
const BUSY = -32011;

/** What a failed call answers: the server's code, message and data. */
export class RpcError extends Error {
  constructor({ code, message, data }) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
  }
}

/** The line broke, or the time ran out, before the answer came. */
export class ConnectionLost extends Error {
  name = "ConnectionLost";
}

/** The delay before the n-th attempt (0, 1, 2…) to connect again: doubled each time, half of it random. */
export function reconnectDelay(attempt, random = Math.random) {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 20));
  return longest / 2 + (random() * longest) / 2;
}

export class Socket extends EventTarget {
  #url;
  #line = null;
  #isOnline = false;
  #isClosed = false;
  #attempt = 0;
  #reconnectTimer = 0;
  #watchTimer = 0;
  #intervalMs = 25_000;
  #heardAt = 0;
  #nextId = 0;
  #pending = new Map(); // id -> {resolve, reject, timer}
  #subscriptions = new Map(); // filter -> Subscription
  #notifications = new Map([
    ["rpc.event", (params) => this.#give(params)],
    ["rpc.lagged", (params) => this.#recover(params.channel)],
    ["rpc.ping", (params) => this.#beat(params.interval_s)],
    ["rpc.unsubscribed", (params) => this.#refused(params.channel, null)],
  ]);

  constructor(url) {
    super();
    this.#url = url;
    window.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
    });
    this.#open();
  }

  /** "online" or "offline". */
  get status() {
    return this.#isOnline ? "online" : "offline";
  }

  /** Call a method; rejects with RpcError, or with ConnectionLost when the line breaks or timeout (ms) is over. */
  async call(method, params = [], { timeout = CALL_TIMEOUT_MS } = {}) {
    if (!this.#isOnline) await this.#whenOnline(method, timeout);
    return this.#request(method, params, timeout);
  }

  #whenOnline(method, timeout) {
    return new Promise((resolve, reject) => {
      this.addEventListener("online", resolve, { once: true });
      setTimeout(() => reject(new ConnectionLost(`${method}: offline for ${timeout} ms.`)), timeout);
    });
  }

  #request(method, params, timeout) {
    return new Promise((resolve, reject) => {
      const id = ++this.#nextId;
      const fail = () => this.#settle(id, "reject", new ConnectionLost(`${method}: no answer in ${timeout} ms.`));
      this.#pending.set(id, { resolve, reject, timer: setTimeout(fail, timeout) });
      this.#line.send(JSON.stringify({ jsonrpc: "2.0", method, params, id }));
    });
  }

  /**
   * Call handler(data, {channel, offset, epoch}) for each publication of a channel or filter, also after the line
   * broke; with retained, for the last value first. onGap({channel}) learns that some were lost for good.
   * Resolves once the server has agreed, with a function that ends it; rejects with RpcError if it refuses.
   */
  async subscribe(filter, handler, { retained = true, onGap = null } = {}) {
    let subscription = this.#subscriptions.get(filter);
    if (!subscription) {
      subscription = new Subscription(filter);
      this.#subscriptions.set(filter, subscription);
    }
    const listener = subscription.add(handler, { retained, onGap });
    if (this.#isOnline && !subscription.isAsked) this.#ask(subscription);
    await subscription.agreed;
    return () => this.#stop(subscription, listener);
  }

  /** End all handlers of a channel or filter. */
  async unsubscribe(filter) {
    if (!this.#subscriptions.delete(filter) || !this.#isOnline) return;
    await this.call("rpc.unsubscribe", { channel: filter });
  }

  /** Close for good. */
  close() {
    this.#isClosed = true;
    clearTimeout(this.#reconnectTimer);
    this.#line?.close(1000);
    this.#lost(1000);
  }

  #stop(subscription, listener) {
    subscription.remove(listener);
    const isLast = !subscription.hasListeners && this.#subscriptions.get(subscription.filter) === subscription;
    return isLast ? this.unsubscribe(subscription.filter) : undefined;
  }

  #open() {
    const line = new WebSocket(this.#url);
    this.#line = line;
    line.addEventListener("open", () => this.#onOpen(line));
    line.addEventListener("message", ({ data }) => line === this.#line && this.#hear(data));
    line.addEventListener("close", ({ code }) => line === this.#line && this.#lost(code));
  }

  #onOpen(line) {
    if (line !== this.#line) return;
    this.#isOnline = true;
    this.#heardAt = Date.now();
    this.#watchTimer = setInterval(() => this.#watch(), 1000);
    this.dispatchEvent(new Event("online"));
    for (const subscription of this.#subscriptions.values()) this.#ask(subscription);
  }

  #lost(code) {
    const wasOnline = this.#isOnline;
    this.#line = null;
    this.#isOnline = false;
    clearInterval(this.#watchTimer);
    for (const id of [...this.#pending.keys()]) this.#settle(id, "reject", new ConnectionLost("The line broke."));
    for (const subscription of this.#subscriptions.values()) subscription.pause();
    if (wasOnline) this.dispatchEvent(new Event("offline"));
    if (this.#isClosed || code === NO_SUCH_PATH) return;
    if (code === TOO_MANY) this.#attempt = Math.max(this.#attempt, PATIENT_ATTEMPT);
    this.#reconnectTimer = setTimeout(() => this.#open(), reconnectDelay(this.#attempt++));
  }

  /** The network or the reader is back: do not wait out a delay, nor trust a line that has been silent. */
  #hurry() {
    if (this.#line) return this.#watch();
    if (this.#isClosed) return undefined;
    clearTimeout(this.#reconnectTimer);
    return this.#open();
  }

  #watch() {
    if (!this.#isOnline || Date.now() - this.#heardAt < SILENT_INTERVALS * this.#intervalMs) return;
    this.#line.close();
    this.#lost(1006);
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
    clearTimeout(call.timer);
    call[how](value);
  }

  #give(event) {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.isLive && subscription.names(event.channel)) subscription.give(event);
    }
  }

  /** The server could not send all publications of a channel (or filter): ask for those that were missed. */
  #recover(channel) {
    for (const subscription of this.#subscriptions.values()) {
      const isConcerned = subscription.filter === channel || subscription.names(channel);
      if (subscription.isLive && isConcerned) this.#ask(subscription);
    }
  }

  async #ask(subscription) {
    subscription.isAsked = true;
    subscription.isLive = false;
    try {
      subscription.take(await this.#request("rpc.subscribe", subscription.params(), CALL_TIMEOUT_MS));
    } catch (error) {
      if (error instanceof RpcError && error.code !== BUSY) this.#refused(subscription.filter, error);
      else setTimeout(() => this.#askAgain(subscription), reconnectDelay(2));
    }
  }

  #askAgain(subscription) {
    const isWanted = this.#subscriptions.get(subscription.filter) === subscription;
    if (isWanted && this.#isOnline && !subscription.isLive) this.#ask(subscription);
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

/** Return the page's socket to this address (default: /ws/ of the page's own host), opened at the first call. */
export function connect({ url = "/ws/" } = {}) {
  const address = new URL(url, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  if (!sockets.has(address.href)) sockets.set(address.href, new Socket(address.href));
  return sockets.get(address.href);
}

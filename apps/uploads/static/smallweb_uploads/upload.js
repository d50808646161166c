/** Sends files to handlers and folders of uploads; a broken line, a pause or a reload of the page costs no bytes twice. */
import { csrfToken } from "../smallweb_core/csrf.js";
import { FormTransfer } from "./upload_form.js";
import { UploadError } from "./upload_line.js";
import { Memory, fingerprint } from "./upload_memory.js";
import { Meter, Pace, isPassing, pauseOf, wait } from "./upload_pace.js";
import { TusTransfer } from "./upload_tus.js";

export { UploadError };

const SMALL_BYTES = 256 * 1024;
const CHUNK_BYTES = 4 * 1024 * 1024;
const MOST_FAILURES = 8;

/** Sends the file and resolves to what the server replies; rejects with an UploadError. See Upload for the options. */
export function upload(url, file, options = {}) {
  return new Upload(url, file, options).start();
}

/**
 * One file on its way. `state`: waiting, sending, retrying (the line is broken), paused, done, failed or cancelled.
 * Events: progress, state; then done (detail is the reply) or failed (detail is the error).
 */
export class Upload extends EventTarget {
  state = "waiting";
  bytes = 0;
  reply = undefined;
  error = null;
  #transfer = null;
  #turn = null;
  #meter = new Meter();
  #failures = 0;
  #settle = null;

  constructor(url, file, { text = {}, field = "file", chunkBytes = CHUNK_BYTES, csrf, signal, onProgress } = {}) {
    super();
    Object.assign(this, { url: new URL(url, document.baseURI).href, file, text, field, csrf, onProgress });
    this.pace = new Pace(chunkBytes);
    this.#promise();
    signal?.addEventListener("abort", () => this.cancel(), { once: true });
    if (signal?.aborted) this.cancel();
  }

  get size() {
    return this.file.size;
  }

  /** Bytes a second. */
  get speed() {
    return this.state === "sending" ? this.#meter.speed(performance.now()) : 0;
  }

  /** Infinity where nothing moves. */
  get secondsLeft() {
    return this.state === "done" ? 0 : (this.size - this.bytes) / this.speed;
  }

  get isOver() {
    return ["done", "failed", "cancelled"].includes(this.state);
  }

  start() {
    if (this.state === "waiting") this.#go();
    return this.finished;
  }

  pause() {
    if (this.state !== "sending" && this.state !== "retrying") return;
    this.#set("paused");
    this.#turn.abort();
  }

  resume() {
    if (this.state === "paused") this.#go();
  }

  /** Stops, and lets the server forget what it has. */
  cancel() {
    if (this.isOver) return;
    this.#set("cancelled");
    this.#turn?.abort();
    this.#transfer?.drop();
    this.#transfer = null;
    this.#settle.reject(new UploadError("cancelled", "It was cancelled."));
  }

  /** Goes on after a failure, or begins anew after cancel(). */
  retry() {
    if (this.state !== "failed" && this.state !== "cancelled") return this.finished;
    this.#promise();
    this.#failures = 0;
    this.#go();
    return this.finished;
  }

  #promise() {
    this.finished = new Promise((resolve, reject) => { this.#settle = { resolve, reject }; });
    this.finished.catch(() => {});
  }

  async #go() {
    const turn = this.#turn = new AbortController();
    this.error = null;
    this.#set("sending");
    try {
      const reply = await this.#persist(turn.signal);
      if (!turn.signal.aborted) this.#done(reply);
    } catch (error) {
      if (!turn.signal.aborted) this.#fail(error);
    }
  }

  /** Tries again, later each time, for as long as a later try may do better. */
  async #persist(signal) {
    for (;;) {
      try {
        this.#transfer ??= await this.#begin();
        signal.throwIfAborted();
        this.#meter.reset(this.bytes, performance.now());
        return await this.#transfer.run(signal);
      } catch (error) {
        signal.throwIfAborted();
        await this.#pauseAfter(error, signal);
      }
    }
  }

  async #pauseAfter(error, signal) {
    const canBeSmaller = this.pace.halve();
    const isTooLarge = error.status === 413 && error.code !== "quota_exceeded" && this.#transfer?.offset !== undefined && this.#transfer.location !== null;
    const mayGoOn = isTooLarge ? canBeSmaller : isPassing(error) && !(this.#isForm && error.isSent);
    if (!mayGoOn || ++this.#failures > MOST_FAILURES) throw error;
    if (isTooLarge) return;
    this.error = error;
    this.#set("retrying");
    await wait(Math.max(error.pauseMs, pauseOf(this.#failures)), signal);
    this.error = null;
    this.#set("sending");
  }

  /** A form that may have come whole is not sent twice by itself. */
  get #isForm() {
    return this.#transfer instanceof FormTransfer;
  }

  async #begin() {
    const { url, file, text, field, pace } = this;
    const common = { url, file, text, headers: this.#headers(), tell: (bytes) => this.#tell(bytes) };
    if (file.size < SMALL_BYTES) return new FormTransfer({ ...common, field });
    const memory = new Memory(await fingerprint(url, file, text));
    return new TusTransfer({ ...common, pace, memory });
  }

  #headers() {
    const isOwn = new URL(this.url).origin === location.origin;
    const token = this.csrf ?? (isOwn ? csrfToken() : "");
    return token ? { "X-CSRFToken": token } : {};
  }

  #tell(bytes) {
    if (bytes > this.bytes) this.#failures = 0;
    else if (bytes < this.bytes) this.#meter.reset(bytes, performance.now());
    this.bytes = bytes;
    this.#meter.note(bytes, performance.now());
    this.onProgress?.(this);
    this.dispatchEvent(new Event("progress"));
  }

  #done(reply) {
    this.reply = reply;
    this.bytes = this.size;
    this.#set("done");
    this.dispatchEvent(new CustomEvent("done", { detail: reply }));
    this.#settle.resolve(reply);
  }

  #fail(error) {
    this.error = error;
    this.#set("failed");
    this.dispatchEvent(new CustomEvent("failed", { detail: error }));
    this.#settle.reject(error);
  }

  #set(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

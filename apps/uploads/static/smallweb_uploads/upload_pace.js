/** How much is sent at once, how fast it goes, how long to wait; no I/O. */

const LEAST_BYTES = 64 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;
const QUICK_MS = 2000;
const WINDOW_MS = 8000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** The size of a chunk: half of it after a failure, twice as much after a quick one. */
export class Pace {
  constructor(bytes) {
    this.bytes = Math.max(bytes, 1);
  }

  /** Returns whether it can be smaller still. */
  halve() {
    const before = this.bytes;
    this.bytes = Math.min(before, Math.max(Math.floor(before / 2), LEAST_BYTES));
    return this.bytes < before;
  }

  note(bytes, ms) {
    if (bytes === this.bytes && ms < QUICK_MS) this.bytes = Math.max(this.bytes, Math.min(this.bytes * 2, MOST_BYTES));
  }
}

/** Bytes a second, of the last seconds only. */
export class Meter {
  #samples = [];

  reset(bytes, nowMs) {
    this.#samples = [{ bytes, nowMs }];
  }

  note(bytes, nowMs) {
    this.#samples.push({ bytes, nowMs });
    while (this.#samples.length > 2 && nowMs - this.#samples[0].nowMs > WINDOW_MS) this.#samples.shift();
  }

  /** Falls while nothing is noted. */
  speed(nowMs) {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const ms = nowMs - (first?.nowMs ?? nowMs);
    return ms > 0 ? Math.max(0, (1000 * (last.bytes - first.bytes)) / ms) : 0;
  }
}

/** How long to wait after so many failures in a row; `chance` is from 0 to 1. */
export function pauseOf(failures, chance = Math.random()) {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return longest * (0.5 + chance / 2);
}

const PASSING = new Set([0, 408, 409, 423, 425, 429, 460, 500, 502, 503, 504]);

/** Whether a later try may do better. What a handler did not stand is not among it. */
export function isPassing({ code, status }) {
  return PASSING.has(status) && code !== "call_failed" && code !== "bad_text" && !(status === 409 && code === "already_there");
}

/** Waits; ends early when the line is back, and rejects when the signal says stop. */
export function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return void reject(signal.reason);
    const done = (end) => () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", go);
      signal.removeEventListener("abort", stop);
      end();
    };
    const go = done(resolve);
    const stop = done(() => reject(signal.reason));
    const timer = setTimeout(go, ms);
    globalThis.addEventListener?.("online", go);
    signal.addEventListener("abort", stop);
  });
}

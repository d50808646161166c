/** What one page hears of one channel or filter, and how far; no I/O. */

const MOST_POSITIONS = 1000;

/** Whether an MQTT filter names this channel. */
export function matches(filter, channel) {
  const wanted = filter.split("/");
  const given = channel.split("/");
  if (channel.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (const [place, level] of wanted.entries()) {
    if (level === "#") return true;
    if (place >= given.length || (level !== "+" && level !== given[place])) return false;
  }
  return wanted.length === given.length;
}

export class Subscription {
  isAsked = false;
  isLive = false;
  #listeners = new Set();
  #seen = new Map(); // channel -> {epoch, offset, publication: the last one, if the server retains it}
  #hasAsked = false;
  #retains = false;
  #settle;

  constructor(filter) {
    this.filter = filter;
    this.isFilter = filter.includes("+") || filter.includes("#");
    this.agreed = new Promise((resolve, reject) => { this.#settle = { resolve, reject }; });
    this.agreed.catch(() => {}); // Whoever subscribed hears of it; a later refusal has nobody to hear it.
  }

  get hasListeners() {
    return this.#listeners.size > 0;
  }

  /** Whether a channel is this one, or one of the filter's. */
  names(channel) {
    return this.isFilter ? matches(this.filter, channel) : channel === this.filter;
  }

  add(handler, { retained, onGap }) {
    const listener = { handler, onGap, retained };
    this.#listeners.add(listener);
    if (retained && this.#hasAsked) {
      for (const { publication } of this.#seen.values()) if (publication) tell(listener, publication, true);
    }
    return listener;
  }

  remove(listener) {
    this.#listeners.delete(listener);
  }

  /** The line broke: what comes next is asked for, from the last seen offset on. */
  pause() {
    this.isAsked = false;
    this.isLive = false;
  }

  refuse(error) {
    this.pause();
    this.#settle.reject(error);
  }

  params() {
    const params = { channel: this.filter, retained: true };
    if (!this.#hasAsked) return params;
    if (this.#seen.size > MOST_POSITIONS) this.#forget();
    const positions = Object.fromEntries([...this.#seen].map(([channel, { epoch, offset }]) => [channel, { epoch, offset }]));
    return { ...params, since: this.isFilter ? positions : positions[this.filter] };
  }

  /** Take the server's answer: where each channel stands, and what came since. */
  take(result) {
    this.#retains = result.retains;
    const channels = this.isFilter ? Object.entries(result.channels) : [[this.filter, result]];
    for (const [channel, told] of channels) this.#takeChannel(channel, told);
    this.#hasAsked = true;
    this.isLive = true;
    this.#settle.resolve();
  }

  /** Take one publication; what was seen already is dropped. */
  give(publication) {
    if (this.#isSeen(publication)) return;
    this.#see(publication);
    for (const listener of [...this.#listeners]) tell(listener, publication);
  }

  #takeChannel(channel, { epoch, offset, recovered, publications, retained }) {
    if (this.#isSeen({ channel, epoch, offset }) && offset === this.#seen.get(channel).offset) return;
    for (const publication of publications) this.give(publication);
    if (this.#hasAsked && !recovered) this.#tellGap(channel);
    if (retained) this.#giveRetained(retained);
    this.#seen.set(channel, { ...this.#seen.get(channel), epoch, offset });
  }

  #giveRetained(publication) {
    if (this.#isSeen(publication)) return;
    this.#see(publication);
    for (const listener of [...this.#listeners]) {
      if (listener.retained || this.#hasAsked) tell(listener, publication, true);
    }
  }

  #isSeen({ channel, epoch, offset }) {
    const seen = this.#seen.get(channel);
    return seen !== undefined && seen.epoch === epoch && offset <= seen.offset;
  }

  #see(publication) {
    const { channel, epoch, offset } = publication;
    this.#seen.set(channel, { epoch, offset, publication: this.#retains ? publication : null });
  }

  #forget() {
    this.#seen.clear();
    this.#tellGap(this.filter);
  }

  #tellGap(channel) {
    for (const { onGap } of [...this.#listeners]) if (onGap) guarded(() => onGap({ channel }));
  }
}

function tell({ handler }, { channel, data, offset, epoch }, isRetained = false) {
  guarded(() => handler(data, { channel, offset, epoch, isRetained }));
}

/** A handler that throws must not keep the others from being called. */
function guarded(call) {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}

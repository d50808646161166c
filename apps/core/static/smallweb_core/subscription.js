/** What one page has heard of one channel or filter; no I/O. */

const MOST_POSITIONS = 1000;

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
  #seen = new Map(); // channel -> {epoch, offset, publication}
  #hasAsked = false;
  #wantsPresence = false;
  #retains = false;
  #settle;

  constructor(filter) {
    this.filter = filter;
    this.isFilter = filter.includes("+") || filter.includes("#");
    this.agreed = new Promise((resolve, reject) => { this.#settle = { resolve, reject }; });
    this.agreed.catch(() => {});
  }

  names(channel) {
    return this.isFilter ? matches(this.filter, channel) : channel === this.filter;
  }

  add(handler, options) {
    const listener = { handler, ...options };
    this.#listeners.add(listener);
    if (listener.onPresence && !this.#wantsPresence) {
      this.#wantsPresence = true;
      this.isAsked = false;
    }
    if (listener.retained && this.#hasAsked) {
      for (const { publication } of this.#seen.values()) if (publication) tell(listener, publication, true);
    }
    return listener;
  }

  remove(listener) {
    this.#listeners.delete(listener);
    return this.#listeners.size === 0;
  }

  pause() {
    this.isAsked = false;
    this.isLive = false;
  }

  refuse(error) {
    this.pause();
    this.#settle.reject(error);
  }

  params() {
    const params = { channel: this.filter, retained: true, presence: this.#wantsPresence || undefined };
    if (!this.#hasAsked) return params;
    if (this.#seen.size > MOST_POSITIONS) this.#forget();
    const positions = Object.fromEntries([...this.#seen].map(([channel, { epoch, offset }]) => [channel, { epoch, offset }]));
    return { ...params, since: this.isFilter ? positions : positions[this.filter] };
  }

  take(result) {
    this.#retains = result.retains;
    const channels = this.isFilter ? Object.entries(result.channels) : [[this.filter, result]];
    for (const [channel, told] of channels) this.#takeChannel(channel, told);
    this.#hasAsked = true;
    this.isLive = true;
    this.#settle.resolve();
  }

  meet(event) {
    for (const { onPresence } of [...this.#listeners]) if (onPresence) guarded(() => onPresence(event));
  }

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

function guarded(call) {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}

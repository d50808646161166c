/** Uploads that were begun, kept over a reload of the page: where each goes on. */

const PREFIX = "smallweb-upload:";
const HEAD_BYTES = 64 * 1024;
const KEPT_MS = 24 * 3600 * 1000;

/** A text that is another for every other file, target or text. */
export async function fingerprint(url, file, text) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return JSON.stringify([url, file.name, file.size, file.lastModified, hash(head), Object.entries(text)]);
}

/** FNV-1a, twice: it tells files apart that are alike by chance, nothing more. */
export function hash(bytes) {
  let [one, two] = [0x811c9dc5, 0x01234567];
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    two = Math.imul(two ^ byte, 0x01000193) + 1;
  }
  return (one >>> 0).toString(16) + (two >>> 0).toString(16);
}

/** What is kept of one file, in a Storage; a page without one remembers nothing. */
export class Memory {
  #storage;
  #key;

  constructor(key, storage = ownStorage()) {
    this.#storage = storage;
    this.#key = PREFIX + key;
    sweep(storage, Date.now());
  }

  get location() {
    return read(this.#storage, this.#key)?.location ?? null;
  }

  keep(location, expires) {
    const until = Date.parse(expires ?? "") || Date.now() + KEPT_MS;
    try {
      this.#storage?.setItem(this.#key, JSON.stringify({ location, until }));
    } catch { /* it is full: then a reload begins anew */ }
  }

  forget() {
    this.#storage?.removeItem(this.#key);
  }
}

/** Removes what has expired. */
export function sweep(storage, nowMs) {
  const keys = Array.from({ length: storage?.length ?? 0 }, (_, place) => storage.key(place));
  for (const key of keys) {
    if (key.startsWith(PREFIX) && !(read(storage, key)?.until > nowMs)) storage.removeItem(key);
  }
}

function read(storage, key) {
  try {
    return JSON.parse(storage?.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function ownStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // the browser keeps nothing of this page
  }
}

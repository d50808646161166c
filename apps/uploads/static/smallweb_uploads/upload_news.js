/** What a screen reader is told: what is new at once, how far it is now and then. */
import { element } from "./upload_row.js";

const PAUSE_MS = 1000;
const QUIET_MS = 8000;

export class News {
  element = element("p", "upload-box-news");
  #texts = [];
  #timer = null;
  #saidAt = -Infinity;

  constructor() {
    this.element.setAttribute("role", "status");
  }

  /** Is told within a second, together with what else has happened. */
  say(text) {
    this.#texts.push(text);
    this.#timer ??= setTimeout(() => this.#tell(), PAUSE_MS);
  }

  /** Is told if nothing was told for a while; `text` makes the words. */
  murmur(text) {
    if (this.#timer === null && performance.now() - this.#saidAt > QUIET_MS) this.#put(text());
  }

  #tell() {
    this.#timer = null;
    this.#put(this.#texts.splice(0).join(" "));
  }

  #put(text) {
    this.#saidAt = performance.now();
    this.element.textContent = text;
  }
}

/** One file in the list of an upload box: what is shown of it, and its two buttons. */
import { sizeText, timeText, words } from "./upload_words.js";

const LINE = { sending: true, retrying: true };
const FIRST = { sending: "pause", retrying: "pause", paused: "resume", failed: "retry", cancelled: "retry" };
const SECOND = { sending: "cancel", retrying: "cancel", paused: "cancel" };

/** `fault`: why it is not sent at all; `act(name)` is called with what a button says. */
export class Row {
  upload = null;
  isWanted = false;
  wasAnnounced = false;

  constructor(file, { fault, act }) {
    this.file = file;
    this.fault = fault;
    this.element = element("li", "upload-box-row");
    this.progress = element("progress", "upload-box-progress");
    this.progress.max = 100;
    this.progress.setAttribute("aria-label", words.progress(file.name));
    this.told = element("p", "upload-box-told");
    [this.first, this.second] = [this.#button(act), this.#button(act)];
    const name = element("bdi", "upload-box-name", file.name);
    const buttons = element("div", "upload-box-buttons");
    buttons.append(this.first, this.second);
    this.element.append(name, element("span", "upload-box-size", sizeText(file.size)), this.progress, this.told, buttons);
    this.show();
  }

  get state() {
    if (this.fault) return "refused";
    if (this.upload === null || (this.isWanted && !this.isRunning && this.upload.state !== "done")) return "waiting";
    return this.upload.state;
  }

  get isRunning() {
    return this.upload !== null && this.upload.state in LINE;
  }

  get percent() {
    if (this.upload === null || this.file.size === 0) return this.state === "done" ? 100 : 0;
    const percent = Math.floor((100 * this.upload.bytes) / this.file.size);
    return this.upload.state === "done" ? percent : Math.min(percent, 99);
  }

  show() {
    const { state } = this;
    this.element.dataset.state = state;
    this.progress.hidden = ["waiting", "refused", "cancelled"].includes(state);
    this.progress.value = this.percent;
    const told = this.#words(state);
    if (this.told.textContent !== told) this.told.textContent = told;
    this.#label(this.second, SECOND[state] ?? "remove");
    this.#label(this.first, FIRST[state]);
  }

  focus() {
    (this.first.hidden ? this.second : this.first).focus();
  }

  #words(state) {
    if (state === "refused") return this.fault.message;
    if (state === "failed") return this.upload.error.message;
    if (state === "paused") return `${words.paused} · ${this.percent} %`;
    if (state !== "sending") return words[state];
    if (this.upload.bytes >= this.file.size) return words.answering;
    const { speed, secondsLeft } = this.upload;
    const time = timeText(secondsLeft);
    return [`${this.percent} %`, ...(speed > 0 ? [`${sizeText(speed)}/s`] : []), ...(time ? [words.left(time)] : [])].join(" · ");
  }

  #button(act) {
    const button = element("button", "upload-box-button");
    button.type = "button";
    button.addEventListener("click", () => act(button.dataset.do, this));
    return button;
  }

  /** The same element is another button in another state, so that the focus stays. */
  #label(button, name) {
    if (name === undefined) return this.#hide(button);
    if (button.dataset.do === name && !button.hidden) return;
    button.hidden = false;
    button.dataset.do = name;
    button.textContent = words[name];
    button.setAttribute("aria-label", `${words[name]} ${this.file.name}`);
  }

  #hide(button) {
    if (button === document.activeElement) this.second.focus();
    button.hidden = true;
  }
}

export function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

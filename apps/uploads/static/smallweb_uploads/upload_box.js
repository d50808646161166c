/** `<upload-box>`: the form in it takes dropped files, too, and shows a list of what is sent; see docs/uploads-browser.md. */
import { Upload, UploadError } from "./upload.js";
import { News } from "./upload_news.js";
import { Row, element } from "./upload_row.js";
import { faultOf, words } from "./upload_words.js";

const AT_ONCE = 2;
const TICK_MS = 1000;
const TOKEN = "csrfmiddlewaretoken";

export { words };

export class UploadBox extends HTMLElement {
  static words = words;
  #rows = [];
  #news = new News();
  #note = element("p", "upload-box-note");
  #list = element("ul", "upload-box-list");
  #form = null;
  #input = null;
  #clock = null;

  connectedCallback() {
    if (this.#form !== null) return;
    addStyle();
    this.#form = this.querySelector("form") ?? this.#newForm();
    this.#input = this.#form.querySelector("input[type=file]");
    this.#prepareForm();
    this.#list.setAttribute("aria-label", words.list);
    this.#list.hidden = this.#note.hidden = true;
    this.toggleAttribute("data-ready", true);
    this.append(this.#note, this.#list, this.#news.element);
    this.#listen();
  }

  /** Where files go. */
  get to() {
    const base = this.dataset.uploadsUrl ?? "/uploads/";
    const named = this.hasAttribute("folder") ? `folders/${this.getAttribute("folder")}/` : this.getAttribute("handler");
    return this.getAttribute("to") ?? this.#form?.getAttribute("action") ?? (named === null ? location.pathname : `${base}${named}`);
  }

  /** The uploads that were begun. */
  get uploads() {
    return this.#rows.flatMap(({ upload }) => upload ?? []);
  }

  /** Puts files in the list, as if they were chosen. */
  add(files) {
    const fresh = this.#withinLimit([...files]).map((file) => new Row(file, { fault: this.#faultOf(file), act: (name, row) => this.#act(name, row) }));
    this.#rows.push(...fresh);
    this.#list.append(...fresh.map((row) => row.element));
    for (const row of fresh.filter(({ fault }) => fault)) this.#failed(row, new UploadError(row.fault.code, row.fault.message));
    this.#list.hidden = this.#rows.length === 0;
    if (this.hasAttribute("auto")) this.start();
  }

  /** Sends what waits. */
  start() {
    const waiting = this.#rows.filter((row) => row.state === "waiting");
    for (const row of waiting) row.isWanted = true;
    this.#advance();
    return waiting.length;
  }

  #newForm() {
    const form = document.createElement("form");
    const input = document.createElement("input");
    Object.assign(input, { type: "file", name: "file" });
    input.setAttribute("aria-label", words.files);
    form.append(input);
    if (!this.hasAttribute("auto")) form.append(element("button", "", words.upload));
    this.prepend(form);
    return form;
  }

  #prepareForm() {
    this.#input.required = false; // the list has what was chosen
    this.#input.multiple ||= this.hasAttribute("multiple");
    if (this.hasAttribute("accept")) this.#input.accept = this.getAttribute("accept");
    this.#input.after(element("span", "upload-box-hint", this.#input.multiple ? words.drop : words.dropOne));
    if (this.hasAttribute("auto")) for (const button of this.#form.querySelectorAll("button:not([type=button]), input[type=submit]")) button.hidden = true;
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.start() === 0) this.#say(this.#rows.some((row) => row.isRunning) ? "" : words.nothing);
    });
    this.#input.addEventListener("change", () => {
      this.#say("");
      this.add(this.#input.files);
      this.#input.value = "";
    });
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) this.addEventListener(name, (event) => this.#drag(event));
  }

  #drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const isInside = event.type === "dragleave" && this.contains(event.relatedTarget);
    this.toggleAttribute("data-over", event.type === "dragenter" || event.type === "dragover" || isInside);
    if (event.type !== "drop") return;
    const items = [...event.dataTransfer.items].filter(({ kind }) => kind === "file");
    const isFolder = items.map((item) => item.webkitGetAsEntry?.()?.isDirectory === true);
    const files = [...event.dataTransfer.files];
    const folders = files.filter((_, place) => isFolder[place]);
    this.#say(folders.length ? words.folders(folders.map(({ name }) => name).join(", ")) : "");
    this.add(files.filter((_, place) => !isFolder[place]));
  }

  #faultOf(file) {
    const most = Number(this.getAttribute("max-bytes"));
    return faultOf(file, { accept: this.#input.accept, maxBytes: most > 0 ? most : Infinity });
  }

  /** Without `multiple` a file takes the place of the one before, unless that is on its way. */
  #withinLimit(files) {
    const isSingle = !this.#input.multiple;
    if (isSingle && files.length) for (const row of this.#rows.filter((row) => !row.isRunning)) this.#remove(row);
    const most = isSingle ? 1 : Number(this.getAttribute("max-files")) || Infinity;
    const room = Math.max(0, most - this.#rows.filter(({ state }) => !["refused", "failed", "cancelled"].includes(state)).length);
    const isGood = files.map((file) => this.#faultOf(file) === null);
    let taken = 0;
    const kept = files.filter((_, place) => !isGood[place] || taken++ < room);
    const left = files.filter((file) => !kept.includes(file));
    if (left.length) this.#say(words.tooMany(most, left.map(({ name }) => name).join(", ")));
    return kept;
  }

  #act(name, row) {
    if (name === "remove") {
      const next = this.#rows[this.#rows.indexOf(row) + 1] ?? this.#rows[this.#rows.indexOf(row) - 1];
      this.#remove(row);
      if (next) next.focus();
      else this.#input.focus();
    } else {
      row.isWanted = name === "resume" || name === "retry";
      if (!row.isWanted) row.upload[name]();
      row.show();
    }
    this.#advance();
  }

  #remove(row) {
    row.isWanted = false;
    this.#rows = this.#rows.filter((other) => other !== row);
    row.element.remove();
    row.upload?.cancel();
    this.#list.hidden = this.#rows.length === 0;
  }

  #advance() {
    for (const row of this.#rows) {
      if (this.#rows.filter(({ isRunning }) => isRunning).length >= AT_ONCE) return;
      if (row.isWanted && !row.isRunning) this.#run(row);
    }
  }

  #run(row) {
    row.upload ??= this.#begin(row);
    row.upload.start();
    row.upload.resume();
    row.upload.retry();
    row.isWanted = true;
  }

  #begin(row) {
    const csrf = this.#form.querySelector(`[name=${TOKEN}]`)?.value;
    const upload = new Upload(this.to, row.file, { text: this.#text(), field: this.#input.name || "file", csrf });
    upload.addEventListener("state", () => this.#changed(row));
    upload.addEventListener("progress", () => this.#moved(row));
    upload.addEventListener("done", ({ detail }) => this.#tell("upload-done", { file: row.file, reply: detail, upload }));
    upload.addEventListener("failed", ({ detail }) => this.#failed(row, detail));
    return upload;
  }

  /** The fields of the form, and what the attributes `text-...` say. */
  #text() {
    const text = {};
    for (const [name, value] of new FormData(this.#form)) {
      if (typeof value === "string" && name !== TOKEN) text[name] = name in text ? [text[name], value].flat() : value;
    }
    for (const { name, value } of this.attributes) if (name.startsWith("text-")) text[name.slice(5)] = value;
    return text;
  }

  #changed(row) {
    if (row.upload.isOver) row.isWanted = false;
    row.show();
    if (row.state === "done" || row.state === "paused" || row.state === "retrying") this.#news.say(`${row.file.name}: ${words[row.state]}.`);
    if (row.upload.isOver) this.#advance();
    this.#wind();
  }

  /** Shows the speed anew where nothing moves, too. */
  #wind() {
    const running = () => this.#rows.filter(({ isRunning }) => isRunning);
    if (running().length === 0) {
      clearInterval(this.#clock);
      this.#clock = null;
    } else {
      this.#clock ??= setInterval(() => running().forEach((row) => row.show()), TICK_MS);
    }
  }

  #moved(row) {
    row.show();
    const all = this.#rows.filter(({ upload }) => upload !== null);
    const part = all.reduce((sum, { percent }) => sum + percent, 0) / all.length;
    const done = all.filter(({ state }) => state === "done").length;
    this.#news.murmur(() => words.news(done, all.length, Math.floor(part)));
    this.#tell("upload-progress", { file: row.file, upload: row.upload });
  }

  #failed(row, error) {
    this.#news.say(`${row.file.name}: ${error.message}`);
    this.#tell("upload-failed", { file: row.file, error, upload: row.upload });
  }

  #say(text) {
    this.#note.textContent = text;
    this.#note.hidden = text === "";
    if (text) this.#news.say(text);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

function addStyle() {
  if (document.querySelector("link[rel=stylesheet][href*='upload_box']")) return;
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", href: new URL("./upload_box.css", import.meta.url).href });
  document.head.append(link);
}

customElements.define("upload-box", UploadBox);

/** One file by tus 1.0.0 (https://tus.io/protocols/resumable-upload): begin or find it, send what is missing. */
import { UploadError, errorOf, isGood, replyOf, send } from "./upload_line.js";
import { wait } from "./upload_pace.js";

const VERSION = { "Tus-Resumable": "1.0.0", Accept: "application/json" };
const WISH = { Prefer: "return=representation" };
const POLL_MS = 500;
const LONGEST_POLL_MS = 10_000;
const AT_WORK = ["Running", "inProgress"];

export class TusTransfer {
  offset = 0;
  #wasBegunAnew = false;

  constructor({ url, file, text, headers, pace, memory, tell }) {
    Object.assign(this, { url, file, text, headers: { ...headers, ...VERSION }, pace, memory, tell });
    this.location = memory.location;
  }

  /** Sends what is missing and resolves to the reply. Rejects with what breaks it off; then it can be run again. */
  async run(signal) {
    const answer = this.location === null ? await this.#begin(signal) : await this.#find(signal);
    this.tell(this.offset);
    if (answer !== null) return answer.reply;
    while (this.offset < this.file.size) {
      const last = await this.#sendChunk(signal);
      if (this.offset >= this.file.size) return this.#end(last, signal);
    }
    return this.#end(null, signal);
  }

  /** Lets the server forget it, as far as it can be reached. */
  drop() {
    this.memory.forget();
    if (this.location !== null) fetch(this.location, { method: "DELETE", headers: this.headers, keepalive: true }).catch(() => {});
    this.location = null;
  }

  async #begin(signal) {
    const headers = { ...this.headers, "Upload-Length": String(this.file.size), "Upload-Metadata": metadata(this.file, this.text) };
    const answer = await send("POST", this.url, { headers, signal });
    if (!isGood(answer)) throw errorOf(answer);
    const location = answer.header("Location");
    if (location === null) throw new UploadError("no_location", "The server does not say where the upload goes on.", { status: answer.status });
    this.location = new URL(location, new URL(this.url, document.baseURI)).href;
    this.offset = 0;
    this.memory.keep(this.location, answer.header("Upload-Expires"));
    return null;
  }

  async #find(signal) {
    const answer = await send("HEAD", this.location, { headers: this.headers, signal });
    if ([404, 410].includes(answer.status)) return this.#beginAnew(answer, signal);
    if (!isGood(answer)) throw errorOf(answer);
    this.offset = Number(answer.header("Upload-Offset"));
    if (Number(answer.header("Upload-Length") ?? this.file.size) !== this.file.size) return this.#beginAnew(answer, signal);
    return null;
  }

  /** What was kept has expired, was refused, or is another person's. */
  async #beginAnew(answer, signal) {
    if (answer.status === 410) {
      const told = replyOf(await send("GET", this.location, { headers: this.headers, signal }));
      if (told?.status === "FAILURE") throw this.#over(new UploadError("failed", told.error || "The server refused it.", { status: 422 }));
    }
    const again = this.#wasBegunAnew;
    this.#wasBegunAnew = true;
    this.#forget();
    if (again) throw errorOf(answer);
    return this.#begin(signal);
  }

  async #sendChunk(signal) {
    const from = this.offset;
    const piece = this.file.slice(from, from + this.pace.bytes);
    const headers = { ...this.headers, ...WISH, "Upload-Offset": String(from), "Content-Type": "application/offset+octet-stream" };
    const began = performance.now();
    const onProgress = (loaded) => this.tell(from + Math.min(loaded, piece.size));
    const answer = await send("PATCH", this.location, { headers, body: piece, signal, onProgress });
    if (!isGood(answer)) throw this.#refusalOf(answer);
    const offset = answer.header("Upload-Offset");
    this.offset = offset === null ? from + piece.size : Number(offset);
    if (!(this.offset > from)) throw new UploadError("line_broken", "The server took nothing of what was sent.");
    this.pace.note(piece.size, performance.now() - began);
    this.memory.keep(this.location, answer.header("Upload-Expires"));
    this.tell(this.offset);
    return answer;
  }

  #refusalOf(answer) {
    const error = errorOf(answer);
    if ([415, 422].includes(error.status) || error.code === "call_failed") this.#over(error);
    return error;
  }

  async #end(last, signal) {
    const hasReply = last !== null && (last.status !== 204 || last.header("Preference-Applied") !== null);
    const reply = hasReply ? replyOf(last) : await this.#ask(signal);
    this.#forget();
    return reply;
  }

  /** The reply of an upload whose last answer was lost. */
  async #ask(signal) {
    for (let pauseMs = POLL_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_POLL_MS)) {
      const answer = await send("GET", this.location, { headers: this.headers, signal });
      const told = replyOf(answer);
      if (!isGood(answer)) throw errorOf(answer);
      if (told?.status === "SUCCESS") return told.data;
      if (!AT_WORK.includes(told?.status)) throw this.#over(new UploadError("failed", told?.error || "The server refused it.", { status: 422 }));
      await wait(pauseMs, signal);
    }
  }

  #over(error) {
    this.#forget();
    return error;
  }

  #forget() {
    this.memory.forget();
    this.location = null;
    this.offset = 0;
  }
}

/** The header Upload-Metadata. Throws an UploadError bad_text for what it cannot carry. */
export function metadata(file, text) {
  const pairs = [["filename", file.name], ...(file.type ? [["filetype", file.type]] : []), ...Object.entries(text)];
  return pairs.map(([name, value]) => `${checked(name)} ${base64(single(name, value))}`).join(",");
}

function checked(name) {
  if (/^[\x21-\x2b\x2d-\x7e]+$/.test(name)) return name;
  throw new UploadError("bad_text", `A large file cannot be sent with a field named "${name}": use ASCII letters.`);
}

function single(name, value) {
  if (!Array.isArray(value)) return String(value);
  if (value.length === 1) return String(value[0]);
  throw new UploadError("bad_text", `A large file cannot be sent with several values of the field "${name}".`);
}

function base64(text) {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

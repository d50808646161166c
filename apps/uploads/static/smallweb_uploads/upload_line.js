/** One request: its answer, how far its body is, and what went wrong as an error. */

const STALL_MS = 60_000;
const ANSWER_MS = 600_000;

const WORDS = new Map([
  [401, "Log in first."],
  [403, "The server does not allow this."],
  [404, "There is nothing at this address."],
  [413, "The server takes nothing as large as this."],
  [429, "The server asks for a pause."],
]);

/** `code`: the server's, or line_broken, cancelled, bad_text, too_large, type_mismatch, too_many; `status`: of HTTP, or 0. */
export class UploadError extends Error {
  name = "UploadError";

  constructor(code, message, { status = 0, isSent = false, pauseMs = 0 } = {}) {
    super(message);
    Object.assign(this, { code, status, isSent, pauseMs });
  }
}

/**
 * Sends one request and resolves to `{status, header(name), text}`, whatever the status is. Rejects with an UploadError
 * line_broken when no answer comes; `isSent` tells whether the server may have got all of the body.
 */
export function send(method, url, { headers = {}, body = null, signal, onProgress } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer;
    let isSent = false;
    const broken = (message) => reject(new UploadError("line_broken", message, { isSent }));
    const watch = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => { request.abort(); broken("Nothing has moved for a while."); }, ms);
    };
    const stop = () => { request.abort(); reject(new UploadError("cancelled", "It was stopped.")); };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => { watch(STALL_MS); onProgress?.(loaded); };
    request.upload.onload = () => { isSent = true; watch(ANSWER_MS); };
    request.onload = () => resolve({ status: request.status, header: (name) => request.getResponseHeader(name), text: request.responseText });
    request.onerror = () => broken("The connection is broken.");
    request.onloadend = () => { clearTimeout(timer); signal?.removeEventListener("abort", stop); };
    if (signal?.aborted) return stop();
    signal?.addEventListener("abort", stop);
    watch(body === null ? ANSWER_MS : STALL_MS);
    request.send(body);
  });
}

export const isGood = ({ status }) => status >= 200 && status < 300;

/** What a refusing answer says: the server's JSON, or words for its status where a proxy answers. */
export function errorOf(answer) {
  const said = parsed(answer.text);
  const message = typeof said?.message === "string" ? said.message : WORDS.get(answer.status) ?? `The server answered ${answer.status}.`;
  const pauseMs = 1000 * Number.parseInt(answer.header("Retry-After") ?? "0", 10) || 0;
  return new UploadError(typeof said?.error === "string" ? said.error : "", message, { status: answer.status, pauseMs });
}

/** What the answer says: JSON as values, else its text; undefined where there is none. */
export function replyOf(answer) {
  return parsed(answer.text) ?? (answer.text || undefined);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One small file as a plain form. */
import { errorOf, isGood, replyOf, send } from "./upload_line.js";

export class FormTransfer {
  constructor({ url, file, text, headers, field, tell }) {
    Object.assign(this, { url, file, text, headers: { ...headers, Accept: "application/json" }, field, tell });
  }

  async run(signal) {
    const body = new FormData();
    for (const [name, values] of Object.entries(this.text)) for (const value of [values].flat()) body.append(name, value);
    body.append(this.field, this.file, this.file.name);
    const onProgress = (loaded) => this.tell(Math.min(loaded, this.file.size));
    const answer = await send("POST", this.url, { headers: this.headers, body, signal, onProgress });
    if (!isGood(answer)) throw errorOf(answer);
    this.tell(this.file.size);
    return replyOf(answer);
  }

  drop() {}
}

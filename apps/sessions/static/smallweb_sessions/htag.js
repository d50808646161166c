// The link between a page of htag 1 and its session: a websocket, or requests and server-sent events.
"use strict";

class SmallwebLink {
  static FIRST_RETRY_MS = 500;
  static LAST_RETRY_MS = 15000;
  static BEAT_MS = 20000;
  static DEAD_MS = 50000;
  static MAX_SOCKET_CHARS = 100000; // a server takes larger messages as requests only
  static MAX_WAITING = 50;

  constructor(config) {
    this.config = config;
    this.tab = Math.random().toString(36).slice(2);
    this.version = config.version;
    this.number = 0;
    this.waiting = [];
    this.replies = new Map();
    this.failures = 0;
    this.hasOpened = false;
    this.hasEnded = false;
    this.withoutSocket = config.httpOnly || !("WebSocket" in window);
  }

  // Begin when the page is there; start() draws what its scripts draw, action(reply) does what a reply says.
  open(start, action) {
    this.start = this.config.start === null ? start : () => (0, eval)(this.config.start);
    this.action = action;
    const begin = () => {
      this.connect();
      addEventListener("online", () => this.retry());
      setInterval(() => this.beat(), SmallwebLink.BEAT_MS / 4);
    };
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
    else begin();
  }

  // Have the session do something; resolves when it has answered.
  interact(asked) {
    const n = ++this.number;
    const text = JSON.stringify({ ...asked, n });
    return new Promise((resolve, reject) => {
      this.replies.set(n, { resolve, reject });
      if (this.withoutSocket || text.length > SmallwebLink.MAX_SOCKET_CHARS) this.post(n, text);
      else if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
      else if (this.waiting.length < SmallwebLink.MAX_WAITING) this.waiting.push(text);
      else this.fail(n, "The server cannot be reached.");
    });
  }

  fail(n, text) {
    this.replies.get(n)?.reject(new Error(text));
    this.replies.delete(n);
  }

  connect() {
    clearTimeout(this.timer);
    if (this.hasEnded) return;
    if (this.withoutSocket) this.listen();
    else this.connectSocket();
  }

  place(path) {
    return `${path}?tab=${this.tab}&v=${this.version}`;
  }

  connectSocket() {
    const url = new URL(this.place(this.config.socket), location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url));
    socket.onopen = () => {
      this.isUp();
      for (const text of this.waiting.splice(0)) socket.send(text);
    };
    socket.onmessage = ({ data }) => this.hear(data);
    socket.onclose = ({ code }) => {
      if (code === 4404 || code === 4403) return this.reload();
      if (!this.hasOpened && this.failures >= 2) this.withoutSocket = true; // a proxy lets none pass
      this.isDown();
    };
  }

  listen() {
    const source = (this.source = new EventSource(this.place(this.config.pushes)));
    source.onopen = () => this.isUp();
    source.onmessage = ({ data }) => this.hear(data);
    source.onerror = () => {
      source.close();
      this.isDown();
    };
  }

  async post(n, text) {
    try {
      const response = await fetch(this.place(this.config.call), {
        method: "POST",
        headers: { "X-CSRFToken": this.config.csrf, "Content-Type": "application/json" },
        body: text,
      });
      if (response.status === 410) return this.reload();
      if (!response.ok) throw new Error((await response.json()).message);
      this.hear(await response.text());
    } catch (error) {
      this.fail(n, error.message);
      this.run(() => this.action({ err: error.message }));
    }
  }

  hear(text) {
    this.heardAt = performance.now();
    if (!text) return;
    const said = JSON.parse(text);
    if (said.reload) return this.reload();
    if (said.ended) return this.end();
    if (said.tell) return this.show(said.tell);
    if ("v" in said) this.version = said.v;
    this.run(() => this.action(said));
    this.replies.get(said.n)?.resolve(said);
    this.replies.delete(said.n);
  }

  // What an app's own script throws must not end the link.
  run(script) {
    try {
      script();
    } catch (error) {
      console.error(error);
    }
  }

  isUp() {
    this.failures = 0;
    this.heardAt = performance.now();
    document.body.classList.remove("htagoff");
    sessionStorage.removeItem("smallweb-reloads");
    if (this.hasOpened) return;
    this.hasOpened = true;
    this.run(this.start);
  }

  isDown() {
    if (this.hasEnded) return;
    document.body.classList.add("htagoff");
    for (const n of [...this.replies.keys()]) this.fail(n, "The connection broke.");
    const pause = Math.min(SmallwebLink.FIRST_RETRY_MS * 2 ** this.failures++, SmallwebLink.LAST_RETRY_MS);
    this.timer = setTimeout(() => this.connect(), pause * (0.5 + Math.random()));
  }

  retry() {
    if (document.body.classList.contains("htagoff")) this.connect();
  }

  beat() {
    if (this.withoutSocket || this.socket?.readyState !== WebSocket.OPEN) return;
    const silence = performance.now() - this.heardAt;
    if (silence > SmallwebLink.DEAD_MS && !this.replies.size) this.socket.close();
    else if (silence > SmallwebLink.BEAT_MS) this.socket.send("");
  }

  // The session is no more: a new page has a new one. An app that ends again and again is left alone.
  reload() {
    if (this.hasEnded) return;
    this.hasEnded = true;
    document.body.classList.add("htagoff");
    const reloads = Number(sessionStorage.getItem("smallweb-reloads")) + 1;
    sessionStorage.setItem("smallweb-reloads", reloads);
    const pause = reloads === 1 ? 0 : SmallwebLink.FIRST_RETRY_MS * 2 ** Math.min(reloads, 6);
    setTimeout(() => location.reload(), pause * (0.5 + Math.random()));
  }

  end() {
    this.hasEnded = true;
    document.body.classList.add("htagoff");
    this.socket?.close();
    this.source?.close();
  }

  show(text) {
    const note = document.createElement("div");
    note.setAttribute("role", "status");
    note.textContent = text;
    Object.assign(note.style, {
      position: "fixed", insetInline: "1rem", bottom: "1rem", zIndex: 2147483647, padding: ".75rem 1rem",
      background: "#20242b", color: "#fff", font: "1rem/1.4 system-ui, sans-serif", borderRadius: ".4rem",
      boxShadow: "0 2px 12px #0006", cursor: "pointer",
    });
    note.title = "×";
    note.onclick = () => note.remove();
    document.body.append(note);
  }
}

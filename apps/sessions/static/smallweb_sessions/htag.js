// The link between a page of htag 1 and its session: a websocket, or requests and server-sent events.
"use strict";

class SmallwebLink {
  static FIRST_RETRY_MS = 500;
  static LAST_RETRY_MS = 15000;
  static BEAT = "{}"; // what says nothing, and is answered alike
  static BEAT_MS = 20000;
  static DEAD_MS = 50000;
  static HOLD_MS = 2000; // for how long a change may overtake the one before it
  static POST_ATTEMPTS = 3;
  static MAX_WAITING = 50;
  static CALM_MS = 60000; // reloads that lie further apart have nothing to do with each other
  static GONE = [401, 403, 404, 410];
  static CLOSED_FOR_GOOD = [4400, 4403, 4404];

  constructor(config) {
    this.config = config;
    this.tab = Math.random().toString(36).slice(2);
    this.version = config.version;
    this.number = 0;
    this.asked = new Map(); // what was not answered yet, by number
    this.held = [];
    this.failures = 0;
    this.isLinked = false;
    this.hasOpened = false;
    this.hasEnded = false;
    this.withoutSocket = config.httpOnly || !("WebSocket" in window);
    this.parano = config.parano ? new SmallwebParano(config.parano, config.page) : null;
  }

  // Begin when the page is there; start() draws what its scripts draw, action(reply) does what a reply says.
  open(start, action) {
    this.start = this.config.start === null ? start : () => (0, eval)(this.config.start);
    this.action = action;
    const begin = () => {
      this.connect();
      addEventListener("online", () => this.timer && this.connect());
      setInterval(() => this.beat(), SmallwebLink.BEAT_MS / 4);
    };
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
    else begin();
  }

  // Have the session do something, once; resolves when it has answered, be it after the link broke.
  interact(asked) {
    const n = ++this.number;
    const text = JSON.stringify({ ...asked, n });
    const isLarge = text.length * 3 > this.config.maxSocketBytes
      && new TextEncoder().encode(text).length > this.config.maxSocketBytes;
    const answered = new Promise((resolve, reject) => {
      this.asked.set(n, { n, text, isLarge, resolve, reject, isSent: false, attempts: 0 });
    });
    answered.catch((error) => console.warn(error.message));
    if (this.asked.size > SmallwebLink.MAX_WAITING && !this.isLinked) this.fail(n, "The server cannot be reached.");
    else this.send(this.asked.get(n));
    return answered;
  }

  send(one) {
    if (one.isSent) return;
    if (this.withoutSocket || one.isLarge) this.post(one);
    else if (this.isLinked) {
      one.isSent = true;
      this.socket.send(this.textOf(one));
    }
  }

  // What is sent once more says so, and is done once.
  textOf(one) {
    return one.attempts++ ? `${one.text.slice(0, -1)},"again":true}` : one.text;
  }

  fail(n, text) {
    this.asked.get(n)?.reject(new Error(text));
    this.asked.delete(n);
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.hasEnded) return;
    if (this.withoutSocket) this.listen();
    else this.connectSocket();
  }

  place(path, more = "") {
    return `${path}?tab=${this.tab}&v=${this.version}${more}`;
  }

  connectSocket() {
    const url = new URL(this.place(this.config.socket), location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = this.parano ? new SmallwebSealedSocket(url, this.parano) : new WebSocket(url));
    const isCurrent = () => socket === this.socket;
    socket.onopen = () => isCurrent() && this.isUp();
    socket.onmessage = ({ data }) => isCurrent() && this.hear(data);
    socket.onclose = ({ code }) => {
      if (!isCurrent()) return;
      if (SmallwebLink.CLOSED_FOR_GOOD.includes(code)) return this.reload();
      if (!this.hasOpened && this.failures >= 2) this.withoutSocket = true; // a proxy lets none pass
      this.isDown();
    };
  }

  async listen() {
    const stop = (this.stream = new AbortController());
    try {
      const seal = this.parano && (await this.parano.begin("pushes"));
      const place = this.place(this.config.pushes, seal ? `&key=${seal.key}` : "");
      const response = await fetch(place, { signal: stop.signal, cache: "no-store" });
      if (SmallwebLink.GONE.includes(response.status)) return this.reload();
      if (!response.ok) throw new Error(`The stream of pushes was answered ${response.status}.`);
      if (!seal) this.isUp();
      for await (const data of SmallwebLink.events(response.body)) {
        if (seal && !seal.isReady) {
          await seal.finish(JSON.parse(data).key);
          this.isUp();
        } else this.hear(seal ? await seal.open(SmallwebParano.bytesOf(data)) : data);
      }
    } catch (error) {
      if (!this.hasEnded) console.warn(String(error));
    }
    if (stop === this.stream) {
      stop.abort();
      this.isDown();
    }
  }

  static async *events(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let kept = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (kept + value).split("\n\n");
      kept = parts.pop();
      for (const part of parts) if (part.startsWith("data: ")) yield part.slice(6);
    }
  }

  async post(one) {
    one.isSent = true;
    const text = this.textOf(one);
    const place = this.place(this.config.call);
    const headers = { "X-CSRFToken": this.config.csrf, "Content-Type": "application/json" };
    try {
      const { status, said } = this.parano
        ? await this.parano.post(place, text, headers)
        : await SmallwebLink.posted(place, text, headers);
      if (status === 200) return this.hear(said);
      if (SmallwebLink.GONE.includes(status) || (status === 400 && this.parano)) return this.reload();
      this.giveUp(one, SmallwebLink.messageOf(said) || `The server answered ${status}.`);
    } catch (error) {
      one.isSent = false;
      if (one.attempts >= SmallwebLink.POST_ATTEMPTS) this.giveUp(one, error.message);
      else if (this.isLinked) setTimeout(() => this.asked.has(one.n) && this.send(one), SmallwebLink.FIRST_RETRY_MS);
    }
  }

  static async posted(place, body, headers) {
    const response = await fetch(place, { method: "POST", headers, body });
    return { status: response.status, said: await response.text() };
  }

  static messageOf(text) {
    try {
      return JSON.parse(text).message;
    } catch {
      return "";
    }
  }

  giveUp(one, text) {
    this.fail(one.n, text);
    this.run(() => this.action({ err: text }));
  }

  hear(text) {
    this.heardAt = performance.now();
    if (text === SmallwebLink.BEAT) return;
    const said = JSON.parse(text);
    if (said.reload) return this.reload();
    if (said.ended) return this.end();
    if (said.tell) return this.show(said.tell, "status");
    this.take(said);
    for (let next; (next = this.held.findIndex((one) => !this.isEarly(one))) >= 0; )
      this.take(this.held.splice(next, 1)[0]);
    if (this.held.length) return;
    clearTimeout(this.holding);
    this.holding = null;
  }

  // Whether something that changed the page before is on its way still: answers of requests overtake pushes.
  isEarly({ v, update, stream }) {
    if (v === undefined || (update && "0" in update)) return false;
    return v > this.version + (update || stream ? 1 : 0);
  }

  take(said) {
    if (this.isEarly(said)) {
      this.held.push(said);
      this.holding ??= setTimeout(() => this.restart(), SmallwebLink.HOLD_MS);
      return;
    }
    const changes = {};
    if ((said.update || said.stream) && (said.v === undefined || said.v > this.version || "0" in (said.update ?? {}))) {
      Object.assign(changes, { update: said.update ?? {}, stream: said.stream ?? {} });
      this.version = said.v ?? this.version;
    }
    this.run(() => this.draw(changes, said));
    this.asked.get(said.n)?.resolve(said);
    this.asked.delete(said.n);
  }

  // An element that the page's own scripts have taken away is not there to change.
  draw({ update = {}, stream = {} }, { post, next, err }) {
    const present = (part) => Object.fromEntries(
      Object.entries(part).filter(([id]) => id === "0" || document.getElementById(id)),
    );
    if (!document.getElementById(this.config.body)) document.body.id = this.config.body;
    this.action({ update: present(update) });
    if (this.isOff) document.body.classList.add("htagoff");
    this.action({ stream: present(stream) });
    if (err && this.config.debug) this.show(err, "alert");
    const rest = Object.entries({ post, next, err }).filter(([, value]) => value !== undefined);
    this.action(Object.fromEntries(rest));
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
    this.isLinked = true;
    this.heardAt = performance.now();
    this.setOff(false);
    if (!this.hasOpened) {
      this.hasOpened = true;
      this.run(this.start);
    }
    for (const one of [...this.asked.values()]) this.send(one);
  }

  isDown() {
    this.isLinked = false;
    if (this.hasEnded) return;
    this.setOff(true);
    this.held = [];
    for (const one of this.asked.values()) if (!this.withoutSocket && !one.isLarge) one.isSent = false;
    const pause = Math.min(SmallwebLink.FIRST_RETRY_MS * 2 ** this.failures++, SmallwebLink.LAST_RETRY_MS);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), pause * (0.5 + Math.random()));
  }

  setOff(isOff) {
    this.isOff = isOff;
    document.body.classList.toggle("htagoff", isOff);
  }

  // Take up the link anew, which shows the whole page as it is now.
  restart() {
    this.holding = null;
    if (!this.isLinked) return;
    const { socket, stream } = this;
    this.socket = this.stream = null; // a line that is dead says so after minutes
    socket?.close();
    stream?.abort();
    this.isDown();
  }

  // A session that is busy answers no heartbeat: it gets more time.
  beat() {
    if (!this.isLinked) return;
    const silence = performance.now() - this.heardAt;
    if (silence > SmallwebLink.DEAD_MS * (this.asked.size ? 6 : 1)) this.restart();
    else if (silence > SmallwebLink.BEAT_MS && !this.withoutSocket) this.socket.send(SmallwebLink.BEAT);
  }

  // The session is no more: a new page has a new one. One that ends again and again is given time.
  reload() {
    if (this.hasEnded) return;
    this.end();
    const [count, at] = JSON.parse(sessionStorage.getItem("smallweb-reloads") ?? "[0, 0]");
    const reloads = Date.now() - at < SmallwebLink.CALM_MS ? count + 1 : 1;
    sessionStorage.setItem("smallweb-reloads", JSON.stringify([reloads, Date.now()]));
    const pause = reloads === 1 ? 0 : SmallwebLink.FIRST_RETRY_MS * 2 ** Math.min(reloads, 6);
    setTimeout(() => location.reload(), pause * (0.5 + Math.random()));
  }

  end() {
    this.hasEnded = true;
    this.isLinked = false;
    this.setOff(true);
    this.socket?.close();
    this.stream?.abort();
    for (const n of [...this.asked.keys()]) this.fail(n, "The session has ended.");
  }

  // Beside the body, which an app may draw anew at any moment.
  show(text, role) {
    if (!this.notes?.isConnected) {
      this.notes = document.createElement("div");
      Object.assign(this.notes.style, {
        position: "fixed", insetInline: "1rem", bottom: "1rem", zIndex: 2147483647, display: "grid", gap: ".5rem",
        maxHeight: "60vh", overflow: "auto",
      });
      document.documentElement.append(this.notes);
    }
    const note = document.createElement("div");
    Object.assign(note.style, {
      display: "flex", gap: "1rem", alignItems: "start", padding: ".75rem 1rem", borderRadius: ".4rem",
      background: role === "alert" ? "#7a1515" : "#20242b", color: "#fff", boxShadow: "0 2px 12px #0006",
      font: role === "alert" ? ".85rem/1.4 monospace" : "1rem/1.4 system-ui, sans-serif", whiteSpace: "pre-wrap",
    });
    note.setAttribute("role", role);
    const words = document.createElement("div");
    words.style.flex = "1";
    words.textContent = text;
    const close = document.createElement("button");
    close.textContent = "×";
    close.setAttribute("aria-label", "Close");
    close.onclick = () => note.remove();
    note.append(words, close);
    this.notes.append(note);
  }
}

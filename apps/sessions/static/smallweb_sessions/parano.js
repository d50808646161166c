// What a page and its session say to each other, encrypted: X25519, HKDF-SHA256 and AES-256-GCM.
//
// A frame is its sequence number (eight bytes, most significant first), the ciphertext and the tag. The number
// is the nonce; the session, the direction and the number are authenticated with each frame.
"use strict";

const smallwebWebCrypto = {
  // RFC 8410: what stands before the 32 bytes of a private key.
  PKCS8: [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20],

  async shared(secret, theirs) {
    const key = new Uint8Array([...this.PKCS8, ...secret]);
    const own = await crypto.subtle.importKey("pkcs8", key, { name: "X25519" }, false, ["deriveBits"]);
    const other = await crypto.subtle.importKey("raw", theirs, { name: "X25519" }, false, []);
    return new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: other }, own, 256));
  },

  async expand(secret, info, length) {
    const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
    const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info };
    return new Uint8Array(await crypto.subtle.deriveBits(how, key, length * 8));
  },

  async cipher(secret) {
    const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["encrypt", "decrypt"]);
    const how = (iv, additionalData) => ({ name: "AES-GCM", iv, additionalData });
    return {
      seal: async (iv, about, data) => new Uint8Array(await crypto.subtle.encrypt(how(iv, about), key, data)),
      open: async (iv, about, data) => new Uint8Array(await crypto.subtle.decrypt(how(iv, about), key, data)),
    };
  },
};

// Where a page has no WebCrypto, as on plain http, or one without X25519; it is given what vendor/noble.js has.
const smallwebPlainCrypto = ({ x25519, hkdf, sha256, gcm }) => ({
  shared: async (secret, theirs) => x25519.getSharedSecret(secret, theirs),
  expand: async (secret, info, length) => hkdf(sha256, secret, new Uint8Array(32), info, length),
  cipher: async (secret) => ({
    seal: async (iv, about, data) => gcm(secret, iv, about).encrypt(data),
    open: async (iv, about, data) => gcm(secret, iv, about).decrypt(data),
  }),
});

class SmallwebParano {
  static BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31));

  // config: {session, key, fallback}, the key that of the session, fallback the address of vendor/noble.js.
  constructor(config, page) {
    this.config = config;
    this.page = page;
    this.key = SmallwebParano.bytesOf(config.key);
    this.posting = Promise.resolve();
  }

  static textOf(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  static bytesOf(text) {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  }

  // Return the means: WebCrypto, or what the fall-back brings.
  async means() {
    this.found ??= (async () => {
      try {
        await smallwebWebCrypto.shared(crypto.getRandomValues(new Uint8Array(32)), SmallwebParano.BASE_POINT);
        return smallwebWebCrypto;
      } catch {
        await SmallwebParano.load(this.config.fallback);
        return smallwebPlainCrypto(smallwebNoble);
      }
    })();
    this.found.catch(() => (this.found = undefined));
    return this.found;
  }

  static load(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = () => reject(new Error("The script of the encryption cannot be loaded."));
      document.head.append(script);
    });
  }

  // Begin a socket or a stream: its key of ours is told to the server, whose answer finishes it.
  async begin(purpose) {
    return new SmallwebSeal(await this.means(), this.config.session, purpose, this.key).begin();
  }

  // Send one request after the other, for the session takes each number once, and none after a later one.
  post(place, text, headers) {
    const sent = this.posting.then(() => this.postNext(place, text, headers));
    this.posting = sent.catch(() => {});
    return sent;
  }

  async postNext(place, text, headers) {
    this.requests ??= await this.begin(`call ${this.page}`);
    if (!this.requests.isReady) await this.requests.finish(null);
    const seal = this.requests;
    const body = await seal.seal(text);
    const number = seal.up;
    const response = await fetch(`${place}&key=${seal.key}&page=${this.page}`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/octet-stream" },
      body,
    });
    if (response.status !== 200) return { status: response.status, said: await response.text() };
    seal.down = number - 1; // the answer has the number of its question
    return { status: 200, said: await seal.open(new Uint8Array(await response.arrayBuffer())) };
  }
}

// Both directions of one connection. Texts go in, frames come out, in the same order, and the other way round.
class SmallwebSeal {
  constructor(means, session, purpose, serverKey) {
    Object.assign(this, { means, session, purpose, serverKey, up: 0, down: 0, isReady: false });
  }

  async begin(secret = crypto.getRandomValues(new Uint8Array(32))) {
    this.secret = secret;
    this.own = await this.means.shared(secret, SmallwebParano.BASE_POINT);
    this.key = SmallwebParano.textOf(this.own);
    return this;
  }

  // theirs: the key that the server has made for this connection; null where there is none.
  async finish(theirs) {
    const their = theirs === null ? new Uint8Array() : SmallwebParano.bytesOf(theirs);
    const secrets = [await this.means.shared(this.secret, this.serverKey)];
    if (theirs !== null) secrets.push(await this.means.shared(this.secret, their));
    const words = new TextEncoder().encode(`smallweb parano 1\n${this.session}\n${this.purpose}\n`);
    const info = SmallwebSeal.joined(words, this.own, this.serverKey, their);
    const keys = await this.means.expand(SmallwebSeal.joined(...secrets), info, 64);
    this.upward = await this.means.cipher(keys.slice(0, 32));
    this.downward = await this.means.cipher(keys.slice(32));
    this.isReady = true;
    return this;
  }

  static joined(...parts) {
    return Uint8Array.from(parts.flatMap((part) => [...part]));
  }

  about(direction, number) {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setBigUint64(4, BigInt(number));
    return [iv, new TextEncoder().encode(`${this.session}\n${direction}\n${number}`)];
  }

  async seal(text) {
    const [iv, about] = this.about("up", ++this.up);
    const sealed = await this.upward.seal(iv, about, new TextEncoder().encode(text));
    const frame = new Uint8Array(8 + sealed.length);
    frame.set(iv.subarray(4));
    frame.set(sealed, 8);
    return frame;
  }

  // Throws for what is not the next frame, as the server sealed it.
  async open(frame) {
    const number = this.down + 1;
    if (new DataView(frame.buffer, frame.byteOffset).getBigUint64(0) !== BigInt(number))
      throw new Error("What the server sent came in the wrong order.");
    const [iv, about] = this.about("down", number);
    const text = new TextDecoder().decode(await this.downward.open(iv, about, frame.subarray(8)));
    this.down = number;
    return text;
  }
}

// A WebSocket, as the link sees it, whose messages are sealed.
class SmallwebSealedSocket {
  constructor(url, parano) {
    this.sending = Promise.resolve();
    this.hearing = Promise.resolve();
    this.connect(url, parano).catch((error) => {
      console.warn(error.message);
      this.onclose({ code: 1006 });
    });
  }

  async connect(url, parano) {
    const seal = (this.seal = await parano.begin("socket"));
    url.searchParams.set("key", seal.key);
    const socket = (this.socket = new WebSocket(url));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.hearing = this.hearing.then(() => this.hear(data)).catch((error) => {
        console.warn(String(error));
        socket.close();
      });
    };
    socket.onclose = ({ code }) => this.hearing.then(() => this.onclose({ code }));
    if (this.isClosed) socket.close();
  }

  async hear(data) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.seal.isReady) return this.onmessage({ data: await this.seal.open(new Uint8Array(data)) });
    await this.seal.finish(JSON.parse(data).key);
    this.onopen();
  }

  send(text) {
    this.sending = this.sending
      .then(async () => this.socket.send(await this.seal.seal(text)))
      .catch(() => this.socket.close());
  }

  close() {
    this.isClosed = true;
    this.socket?.close();
  }
}

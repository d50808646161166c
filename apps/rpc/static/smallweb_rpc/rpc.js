/** window.rpc: see docs/browser.md. */
(() => {
  if (window.rpc) return;

  const NEVER_REMOTE = ["then", "toJSON", "constructor", "prototype", "__proto__", "inspect", "valueOf"];
  const { rpcUrl: url, rpcTransport: transport } = document.documentElement.dataset;
  const proxies = new Map();
  let nodes = null; // by path, once described; before that every name may exist
  let isSettled = false;
  let socket;
  let settle;
  const ready = new Promise((...both) => { settle = both; });
  const settled = import("../smallweb_core/socket.js").then(({ connect }) => {
    socket = connect({ url, transport });
    socket.addEventListener("online", () => isSettled && describe());
    return describe();
  });
  settled.then(() => { isSettled = true; }, settle[1]);

  async function describe() {
    try {
      const { objects } = await socket.call("rpc.describe");
      nodes = new Map(flat(objects));
      settle[0](rpc);
    } catch (error) {
      if (error.code) settle[1](error);
    }
  }

  const flat = (members, path = "") => Object.entries(members ?? {}).flatMap(([name, node]) => {
    const inside = join(path, name);
    return [[inside, node], ...flat(node.members, inside)];
  });
  const join = (path, name) => (path ? `${path}.${name}` : name);

  // At once, or in its turn when the description is there.
  const later = (act) => (isSettled ? act() : settled.then(act));
  const send = (...of) => later(() => socket.call(...of));

  function call(path, args = [], { kwargs, startWithin, onItem, onProgress, ...options } = {}) {
    options.onProgress = (value) => ("item" in value ? onItem?.(value.item) : onProgress?.(value.progress));
    if (!kwargs && !startWithin && !onItem) return send(path, args, options);
    const extras = { kwargs, start_within_s: startWithin && startWithin / 1000, stream: Boolean(onItem) };
    return send("rpc.call", { path, args, ...extras }, options);
  }

  async function* stream(...of) {
    yield* (await import("./stream.js")).items(call, ...of);
  }

  const chained = (path, name) => (...of) => later(async () => {
    if (!nodes || nodes.get(path)?.kind === "attribute") return api.get(path);
    return nodes.has(path) ? node(path) : undefined;
  })[name](...of);
  const observe = (path) => (...of) => later(async () => {
    const channel = nodes?.get(path)?.channel;
    if (!channel) throw new TypeError(`rpc.${path} is not tracked.`);
    return socket.subscribe(channel, ...of);
  });
  const VERBS = new Map([
    ["attribute", { __proto__: null, then: chained, catch: chained, finally: chained, observe }],
    ["method", {
      __proto__: null,
      with: (path) => (options, ...args) => call(path, args, options),
      stream: (path) => (...args) => stream(path, args),
    }],
  ]);

  function member(path, name) {
    if (typeof name === "symbol") return undefined;
    const inside = join(path, name);
    for (const [kind, verbs] of VERBS) {
      const isIts = nodes ? nodes.get(path)?.kind === kind : path.includes(".") || (path && kind === "method");
      if (isIts && verbs[name]) return verbs[name](path, name);
    }
    if (NEVER_REMOTE.includes(name)) return undefined;
    if (nodes?.has(inside)) return node(inside);
    if (name === "toString") return () => `rpc.${path}`;
    if (name === "rpcWebsocket" && path) return handlers(path);
    return nodes ? undefined : node(inside);
  }

  const handlers = (path) => Object.fromEntries(
    ["listChannels", "addChannelHandlers", "subscribe", "unsubscribe"].map((name) => [name, (...of) => later(async () => {
      const { channelHandlers } = await import("./channel_handlers.js");
      return channelHandlers(socket, path, nodes)[name](...of);
    })]),
  );

  function node(path) {
    if (!proxies.has(path)) proxies.set(path, new Proxy(() => {}, traps(path)));
    return proxies.get(path);
  }

  function traps(path) {
    const change = (name, verb, ...of) => {
      if (typeof name === "symbol" || NEVER_REMOTE.includes(name)) return false;
      verb(join(path, name), ...of).catch((error) => complain(error, join(path, name)));
      return true;
    };
    return {
      get: (target, name) => member(path, name),
      has: (target, name) => member(path, name) !== undefined,
      set: (target, name, given) => change(name, api.set, given),
      deleteProperty: (target, name) => change(name, api.delete),
      apply: (target, self, args) => call(path, args),
    };
  }

  // An assignment has nobody to tell that it failed.
  function complain(error, path) {
    socket?.dispatchEvent(new ErrorEvent("error", { error, message: path }));
    (api.onerror ?? reportError)(error, path);
  }

  const api = {
    ready,
    call,
    stream,
    onerror: null,
    subscribe: (...of) => later(() => socket.subscribe(...of)),
    addEventListener: (...of) => later(() => socket.addEventListener(...of)),
    get status() { return socket?.status ?? "offline"; },
  };
  for (const verb of ["get", "set", "delete", "describe", "publish", "history", "presence", "channels"]) {
    api[verb] = (...params) => send(`rpc.${verb}`, params);
  }
  const rpc = new Proxy(api, {
    get: (target, name) => (Object.hasOwn(target, name) ? target[name] : member("", name)),
    has: (target, name) => Object.hasOwn(target, name) || member("", name) !== undefined,
    set: (target, name, given) => name === "onerror" && Reflect.set(target, name, given),
  });
  window.rpc = rpc;
})();

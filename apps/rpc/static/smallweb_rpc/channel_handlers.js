/** rpc.<object>.rpcWebsocket: handlers by the names of one object's tracked values; rpc.js loads it when it is first used. */

const handlersOf = new Map(); // path -> ChannelHandlers

/** Return the handlers of an object; nodes is what was described by path, null if nothing was. */
export function channelHandlers(rpc, path, nodes) {
  if (!handlersOf.has(path)) handlersOf.set(path, new ChannelHandlers(rpc, path));
  const found = handlersOf.get(path);
  found.nodes = nodes ?? new Map();
  return found;
}

class ChannelHandlers {
  #rpc;
  #prefix;
  #waiting = []; // [name, handler]
  #stops = [];

  constructor(rpc, path) {
    this.#rpc = rpc;
    this.#prefix = `${path}.`;
  }

  /** The names of the tracked values of this object and of those inside it. */
  listChannels() {
    const tracked = [...this.nodes].filter(([path, { channel }]) => channel && path.startsWith(this.#prefix));
    return tracked.map(([path]) => path.slice(this.#prefix.length));
  }

  /** Take {name: handler(value, {channel, offset, epoch, isRetained})}; other names are channels or filters. */
  async addChannelHandlers(handlers, subscribeNow = false) {
    this.#waiting.push(...Object.entries(handlers));
    if (subscribeNow) await this.subscribe();
  }

  /** Let the handlers hear that do not yet. Rejects with RpcError if one of the channels is refused. */
  async subscribe() {
    await Promise.all(this.#waiting.splice(0).map(async ([name, handler]) => {
      const channel = this.nodes.get(this.#prefix + name)?.channel ?? name;
      this.#stops.push(await this.#rpc.subscribe(channel, handler));
    }));
  }

  /** End all handlers of the object. */
  async unsubscribe() {
    this.#waiting = [];
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
  }
}

/** vscode-jsonrpc: its connection over a websocket of ws; cancels by a token, has no batches, and numbers from 0. */
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  CancellationTokenSource,
  ParameterStructures,
  createMessageConnection,
} from "vscode-jsonrpc/node";
import WebSocket from "ws";

import { drive } from "./drive.mjs";

const PUSHES = ["rpc.event", "rpc.lagged"];

class Reader extends AbstractMessageReader {
  constructor(socket) {
    super();
    this.socket = socket;
  }

  listen(callback) {
    this.socket.on("message", (text) => callback(JSON.parse(text)));
    this.socket.on("close", () => this.fireClose());
    return { dispose: () => this.socket.close() };
  }
}

class Writer extends AbstractMessageWriter {
  constructor(socket) {
    super();
    this.socket = socket;
  }

  async write(message) {
    this.socket.send(JSON.stringify(message));
  }

  end() {}
}

drive((push) => {
  const sources = new Map();
  let connection;

  return {
    async open({ url }) {
      const socket = new WebSocket(url);
      await new Promise((resolve, reject) => {
        socket.on("open", resolve);
        socket.on("error", reject);
      });
      connection = createMessageConnection(new Reader(socket), new Writer(socket));
      for (const method of PUSHES) connection.onNotification(method, (params) => push(method, params));
      connection.onUnhandledProgress((params) => push("$/progress", params));
      connection.onClose(() => push("offline"));
      connection.listen();
    },
    call({ n, method, params }) {
      const source = new CancellationTokenSource();
      sources.set(n, source);
      const given = Array.isArray(params)
        ? [ParameterStructures.byPosition, ...params]
        : [ParameterStructures.byName, params];
      return connection.sendRequest(method, ...given, source.token);
    },
    notify: ({ method, params }) => connection.sendNotification(method, ParameterStructures.byName, params),
    cancel: ({ call }) => sources.get(call).cancel(),
  };
});

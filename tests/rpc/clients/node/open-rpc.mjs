/** @open-rpc/client-js: one transport a connection, ids are texts. */
import { Client, RequestManager, WebSocketTransport } from "@open-rpc/client-js";

import { drive } from "./drive.mjs";

drive((push) => {
  const ids = new Map();
  let client;
  let manager;
  let lastId;

  return {
    async open({ url, ids: kind }) {
      let next = 0;
      const nextId = () => (lastId = kind === "string" ? `call-${next++}` : String(next++));
      const transport = new WebSocketTransport(url);
      transport.connection.addEventListener("close", () => push("offline"));
      manager = new RequestManager([transport], nextId);
      await manager.connectPromise;
      client = new Client(manager);
      client.onNotification(({ method, params }) => push(method, params));
    },
    async call({ n, method, params }) {
      const answer = client.request({ method, params });
      await manager.connectPromise; // the client awaits it too, before it takes an id
      ids.set(n, lastId);
      return answer;
    },
    async batch({ requests }) {
      client.startBatch();
      const answers = requests.map((request) => client.request(request));
      client.stopBatch();
      const settled = await Promise.allSettled(answers);
      return settled.map(({ value, reason }) => (reason ? { error: { code: reason.code } } : { result: value }));
    },
    notify: ({ method, params }) => client.notify({ method, params }),
    cancel: ({ call }) => client.notify({ method: "$/cancelRequest", params: { id: ids.get(call) } }),
  };
});

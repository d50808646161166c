/** rpc-websockets: connects again by itself, has no batches; what it emits is named by the notification's method. */
import { Client } from "rpc-websockets";

import { drive, idMaker } from "./drive.mjs";

const PUSHES = ["rpc.event", "rpc.lagged", "$/progress"];

drive((push) => {
  const ids = new Map(); // number of the command -> id of its request
  let client;
  let lastId;

  return {
    open({ url, ids: kind }) {
      const nextId = idMaker(kind);
      client = new Client(url, { reconnect_interval: 100, max_reconnects: 0 }, () => (lastId = nextId()));
      for (const method of PUSHES) client.on(method, (params) => push(method, params));
      client.on("error", () => {}); // told by "close"
      client.on("close", () => push("offline"));
      return new Promise((resolve) => {
        client.on("open", () => {
          push("online");
          resolve();
        });
      });
    },
    call({ n, method, params }) {
      const answer = client.call(method, params);
      ids.set(n, lastId);
      return answer;
    },
    notify: ({ method, params }) => client.notify(method, params),
    cancel: ({ call }) => client.notify("$/cancelRequest", { id: ids.get(call) }),
  };
});

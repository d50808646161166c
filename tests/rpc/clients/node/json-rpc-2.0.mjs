/** json-rpc-2.0: no transport of its own, so a websocket of ws carries it; pushes are methods that the client serves. */
import { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient } from "json-rpc-2.0";
import WebSocket from "ws";

import { drive, idMaker } from "./drive.mjs";

const PUSHES = ["rpc.event", "rpc.lagged", "$/progress"];

drive((push) => {
  const ids = new Map();
  let peer;
  let nextId;
  let lastId;

  return {
    open({ url, ids: kind }) {
      nextId = idMaker(kind);
      const socket = new WebSocket(url);
      const client = new JSONRPCClient((payload) => socket.send(JSON.stringify(payload)), () => (lastId = nextId()));
      peer = new JSONRPCServerAndClient(new JSONRPCServer(), client);
      for (const method of PUSHES) peer.addMethod(method, (params) => push(method, params));
      socket.on("message", (text) => peer.receiveAndSend(JSON.parse(text)));
      socket.on("close", () => {
        peer.rejectAllPendingRequests("The line broke.");
        push("offline");
      });
      return new Promise((resolve, reject) => {
        socket.on("open", resolve);
        socket.on("error", reject);
      });
    },
    call({ n, method, params }) {
      const answer = peer.request(method, params);
      ids.set(n, lastId);
      return answer;
    },
    batch({ requests }) {
      return peer.requestAdvanced(requests.map((request) => ({ jsonrpc: "2.0", id: nextId(), ...request })));
    },
    notify: ({ method, params }) => peer.notify(method, params),
    cancel: ({ call }) => peer.notify("$/cancelRequest", { id: ids.get(call) }),
  };
});

/** The same as an ES module: import rpc, { RpcError } from "…/rpc.mjs". */
import "./rpc.js";

export { ConnectionLost, RpcError } from "../smallweb_core/socket.js";
export default window.rpc;

/** Prints the meta schema of OpenRPC, and that of JSON schema which it refers to. */
import jsonSchema from "@json-schema-tools/meta-schema";
import openRpc from "@open-rpc/meta-schema";

console.log(JSON.stringify({ openRpc: openRpc.default ?? openRpc, jsonSchema: jsonSchema.default ?? jsonSchema }));

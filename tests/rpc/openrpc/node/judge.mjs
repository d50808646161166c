/** Reads an OpenRPC document; prints [] or the faults that the official tool finds, and what it resolves it to. */
import { readFileSync } from "node:fs";
import schemaUtils from "@open-rpc/schema-utils-js";

const { dereferenceDocument, defaultResolver, parseOpenRPCDocument, validateOpenRPCDocument } = schemaUtils;
const document = JSON.parse(readFileSync(0, "utf8"));
const verdict = validateOpenRPCDocument(document);
if (verdict !== true) {
  console.log(JSON.stringify({ faults: verdict.message, methods: [] }));
} else {
  const parsed = await dereferenceDocument(await parseOpenRPCDocument(document), defaultResolver);
  console.log(JSON.stringify({ faults: "", methods: parsed.methods }));
}

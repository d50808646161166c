/**
 * Uploads a file with tus-js-client: node upload.mjs '{"path", "endpoint", "options", "stopAfter", "url", "end"}'.
 * With stopAfter it is aborted when so many bytes were accepted; with end "terminate" it is deleted then.
 * Prints one line of JSON: {url, sent, status, offset}, where sent is the bytes of this run, or {error, status}.
 */
import { createReadStream, readFileSync, statSync } from "node:fs";
import { Upload } from "tus-js-client";

const order = JSON.parse(process.argv[2]);
const { stream = false, ...options } = order.options;
const source = stream ? createReadStream(order.path) : readFileSync(order.path);
const uploadSize = stream && !options.uploadLengthDeferred ? statSync(order.path).size : null;

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.exit();
}

let first = null;
let last = 0;
const upload = new Upload(source, {
  endpoint: order.endpoint,
  uploadUrl: order.url ?? null,
  retryDelays: null,
  uploadSize,
  ...options,
  onShouldRetry: () => false,
  onAfterResponse: (request, response) => {
    if (request.getMethod() === "HEAD") first = Number(response.getHeader("Upload-Offset"));
  },
  onChunkComplete: async (size, accepted) => {
    last = accepted;
    if (!order.stopAfter || accepted < order.stopAfter) return;
    await upload.abort(order.end === "terminate");
    say({ url: upload.url, offset: accepted, sent: accepted - (first ?? 0) });
  },
  onSuccess: () => say({ url: upload.url, offset: last, sent: last - (first ?? 0) }),
  onError: (error) =>
    say({ error: String(error.message), status: error.originalResponse ? error.originalResponse.getStatus() : null }),
});
upload.start();

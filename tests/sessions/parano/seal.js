// Seal and open with both means, and print what came out: node seal.js STATIC < {"session", ...}
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

const folder = process.argv[2];
for (const file of ["vendor/noble.js", "parano.js"]) vm.runInThisContext(fs.readFileSync(`${folder}/${file}`, "utf8"));

const run = vm.runInThisContext(`(async ({ session, key, purpose, secret, theirs, texts, frames, fixed }) => {
  const said = {};
  const means = { web: smallwebWebCrypto, plain: smallwebPlainCrypto(smallwebNoble) };
  for (const [name, one] of Object.entries(means)) {
    const seal = new SmallwebSeal(one, session, purpose, SmallwebParano.bytesOf(key));
    await seal.begin(SmallwebParano.bytesOf(secret));
    await seal.finish(theirs);
    const sealed = [];
    for (const text of texts) sealed.push(SmallwebParano.textOf(await seal.seal(text)));
    const opened = [];
    for (const frame of frames) {
      const bytes = SmallwebParano.bytesOf(frame);
      try {
        opened.push(await seal.open(bytes));
      } catch {
        opened.push(null);
      }
    }
    said[name] = { key: seal.key, sealed, opened };
  }
  return said;
})`);

run(JSON.parse(fs.readFileSync(0, "utf8"))).then((said) => console.log(JSON.stringify(said)));

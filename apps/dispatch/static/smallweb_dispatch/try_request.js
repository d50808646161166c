/** Fields of a form for operations of an OpenAPI document, and the request that they make together. */
const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";
const FILES = "multipart/form-data";

/**
 * The fields that any of a path's operations has. Each has ``name``, ``input``, ``hint`` and ``kind``: ``text``,
 * ``number``, ``bool``, ``enum``, ``list``, ``json``, ``file``, ``more`` (names of one's own) or ``body`` (any JSON).
 */
export function fieldsOf(operations, schemas, words) {
  const known = new Map();
  for (const operation of Object.values(operations)) {
    for (const field of listed(operation)) {
      const key = field.isMore ? "" : field.name; // names of one's own are one field, whatever it is called
      if (!known.has(key)) known.set(key, field);
    }
  }
  return [...known.values()].map((field) => make(field, schemas, words));
}

function* listed({ parameters = [], requestBody }) {
  for (const { name, schema, required } of parameters) {
    yield { name, schema, required, isMore: schema.type === "object" && schema.properties === undefined };
  }
  const content = requestBody?.content ?? {};
  const { schema } = content[FILES] ?? content[JSON_TYPE] ?? content[FORM] ?? {};
  for (const [name, one] of Object.entries(schema?.properties ?? {})) {
    yield { name, schema: one, required: schema.required.includes(name) };
  }
  if (schema === undefined) return;
  if (schema.properties === undefined) yield { name: "params", schema: {}, isMore: true };
  else if (schema.additionalProperties) yield { name: "…", schema: {}, isMore: true };
  if (schema.properties === undefined) yield { name: "data", schema: {}, isBody: true };
}

function make(field, schemas, words) {
  const schema = resolved(field.schema, schemas);
  const kind = field.isMore ? "more" : field.isBody ? "body" : kindOf(schema, schemas);
  const hints = { more: words.lines, body: words.body, list: words.list, json: words.json, file: "" };
  const hint = [hints[kind] ?? typeOf(schema), field.required ? words.required : ""].filter(Boolean).join(", ");
  return { ...field, schema, kind, hint, input: inputFor(kind, schema, field, words) };
}

function resolved(schema, schemas) {
  const name = schema.$ref?.split("/").pop();
  const found = name === undefined ? schema : { ...schemas[name], ...schema };
  return found.anyOf ? { ...found, anyOf: found.anyOf.map((one) => resolved(one, schemas)) } : found;
}

function kindOf(schema, schemas) {
  const [one] = (schema.anyOf ?? [schema]).filter(({ type }) => type !== "null");
  if (one?.enum) return "enum";
  if (one?.format === "binary" || one?.items?.format === "binary") return "file";
  const kinds = { integer: "number", number: "number", boolean: "bool", string: "text", array: "list", object: "json" };
  if (one?.type === "array" && ["object", "array"].includes(resolved(one.items ?? {}, schemas).type)) return "json";
  return kinds[one?.type] ?? "text";
}

function typeOf({ anyOf, type, format, minimum, maximum }) {
  const range = [minimum, maximum].some((one) => one !== undefined) ? `${minimum ?? ""}…${maximum ?? ""}` : "";
  const types = anyOf?.map((one) => one.type ?? "").join(" | ") ?? type;
  return [types, format, range].filter((one) => one && one !== "binary").join(" ");
}

function inputFor(kind, schema, field, words) {
  const isBig = ["list", "json", "more", "body"].includes(kind);
  const tag = kind === "enum" || kind === "bool" ? "select" : isBig ? "textarea" : "input";
  const input = document.createElement(tag);
  if (kind === "file") Object.assign(input, { type: "file", multiple: schema.type === "array" });
  if (kind === "number") input.inputMode = "decimal";
  if (tag === "select") {
    const values = kind === "bool" ? [true, false] : schema.enum ?? schema.anyOf.flatMap((one) => one.enum ?? []);
    input.append(new Option(words.unset, ""), ...values.map((one) => new Option(String(one), JSON.stringify(one))));
  } else if (schema.default !== undefined && schema.default !== null && kind !== "file") {
    input.placeholder = typeof schema.default === "object" ? JSON.stringify(schema.default) : String(schema.default);
  }
  input.required = Boolean(field.required);
  input.spellcheck = false;
  return input;
}

/** The request: ``{url, method, headers, body, files, needsToken}``. An empty field is not sent, unless it must be. */
export function requestOf(method, path, fields, operation) {
  const content = operation.requestBody?.content;
  const needsToken = !operation.security.some((one) => Object.keys(one).length === 0);
  const sent = fields.filter(({ input, required }) => input.value !== "" || required);
  const made = { url: encodeURI(path), method, headers: {}, body: undefined, needsToken };
  if (content === undefined) return withQuery(made, sent, method);
  const body = sent.find(({ kind }) => kind === "body");
  if (content[FILES]) return { ...made, body: formOf(sent), files: sent };
  if (body) return { ...made, headers: { "Content-Type": JSON_TYPE }, body: body.input.value };
  const isFree = content[JSON_TYPE]?.schema.properties === undefined;
  if (isFree) return { ...made, headers: { "Content-Type": FORM }, body: String(new URLSearchParams(pairs(sent))) };
  const members = sent.flatMap(entries).map(([name, value]) => `${JSON.stringify(name)}: ${value}`);
  return { ...made, headers: { "Content-Type": JSON_TYPE }, body: `{${members.join(", ")}}` };
}

function withQuery(made, sent, method) {
  const query = ["GET", "DELETE"].includes(method) ? String(new URLSearchParams(pairs(sent))) : "";
  return query ? { ...made, url: `${made.url}?${query}` } : made;
}

function formOf(sent) {
  const form = new FormData();
  for (const field of sent) {
    if (field.kind === "file") for (const file of field.input.files) form.append(field.name, file);
    else for (const [name, value] of pairs([field])) form.append(name, value);
  }
  return form;
}

function pairs(sent) {
  return sent.filter(({ kind }) => kind !== "body" && kind !== "file").flatMap(({ kind, name, input }) => {
    if (kind === "more") return lines(input).map(split);
    if (kind === "list") return lines(input).map((line) => [name, line]);
    return [[name, kind === "enum" || kind === "bool" ? String(JSON.parse(input.value || '""')) : input.value]];
  });
}

/** Names and the JSON of their values. */
function entries({ kind, name, input, schema }) {
  if (kind === "more") return lines(input).map(split).map(([key, value]) => [key, asJson(value)]);
  const write = (schema.items ?? schema).type === "string" || isText(schema) ? JSON.stringify : asJson;
  if (kind === "list") return [[name, `[${lines(input).map((line) => write(line)).join(", ")}]`]];
  return [[name, kind === "text" ? write(input.value) : asJson(input.value)]];
}

const isText = ({ anyOf = [] }) => anyOf.some(({ type }) => type === "string");

const lines = (input) => input.value.split("\n").filter((line) => line !== "");

const split = (line) => [line.split("=")[0], line.split("=").slice(1).join("=")];

/** The text if it is JSON, of whatever precision, else its own JSON: the server says what is wrong with it. */
function asJson(text) {
  try {
    JSON.parse(text);
    return text.trim();
  } catch {
    return JSON.stringify(text);
  }
}

/** The same request as a line for a shell. */
export function curlOf({ url, method, headers, body, files, needsToken }, origin) {
  const parts = [`curl ${quote(origin + url)}`];
  if (method !== (body === undefined ? "GET" : "POST")) parts.push(`-X ${method}`);
  if (needsToken) parts.push('-H "Authorization: Bearer $SMALLWEB_TOKEN"');
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  if (files) parts.push(...files.flatMap(fileParts));
  else if (body !== undefined) parts.push(`-d ${quote(body)}`);
  return parts.join(" \\\n  ");
}

function fileParts(field) {
  if (field.kind !== "file") return pairs([field]).map(([name, value]) => `--form-string ${quote(`${name}=${value}`)}`);
  return [...field.input.files].map((file) => `-F ${quote(`${field.name}=@"${file.name.replace(/(["\\])/g, "\\$1")}"`)}`);
}

function quote(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What people read: sizes, times, what is wrong with a file before any of it is sent; no I/O. */

/** The words of an upload box; a page may put others in their place. */
export const words = {
  drop: "or drop files here",
  dropOne: "or drop a file here",
  files: "Files",
  upload: "Upload",
  list: "Uploads",
  waiting: "Waiting",
  answering: "Waiting for the server",
  retrying: "The connection is broken; trying again",
  paused: "Paused",
  done: "Sent",
  cancelled: "Cancelled",
  left: (time) => `${time} left`,
  pause: "Pause",
  resume: "Resume",
  retry: "Retry",
  cancel: "Cancel",
  remove: "Remove",
  progress: (name) => `Progress of ${name}`,
  news: (done, all, percent) => `${done} of ${all} sent, ${percent} %`,
  nothing: "Choose a file first.",
  tooLarge: (size, most) => `It has ${size}; at most ${most} are taken.`,
  wrongKind: (kinds) => `Files of this kind are not taken; taken are ${kinds}.`,
  tooMany: (most, names) => `At most ${most} ${most === 1 ? "file is" : "files are"} taken; left out: ${names}.`,
  folders: (names) => `Folders cannot be sent, only the files in them; left out: ${names}.`,
};

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

/** 1536 is "1.5 KB": units of 1024, as the server's limits are. */
export function sizeText(bytes) {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const number = bytes / 1024 ** power;
  return `${number.toFixed(power === 0 || number >= 100 ? 0 : 1).replace(/\.0$/, "")} ${UNITS[power]}`;
}

/** "8 s", "3 min", "2 h"; empty for what nobody knows. */
export function timeText(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1).replace(/\.0$/, "")} h`;
}

/** Whether a file passes the attribute `accept` of an input. */
export function isAccepted({ name, type }, accept) {
  const rules = accept.toLowerCase().split(",").map((rule) => rule.trim()).filter(Boolean);
  const passes = (rule) => {
    if (rule.startsWith(".")) return name.toLowerCase().endsWith(rule);
    return rule.endsWith("/*") ? type.startsWith(rule.slice(0, -1)) : type === rule;
  };
  return rules.length === 0 || rules.some(passes);
}

/** What is wrong with a file, as `{code, message}`; null for one that may be sent. */
export function faultOf(file, { accept = "", maxBytes = Infinity }) {
  if (!isAccepted(file, accept)) return { code: "type_mismatch", message: words.wrongKind(accept.replaceAll(/\s*,\s*/g, ", ")) };
  if (file.size > maxBytes) return { code: "too_large", message: words.tooLarge(sizeText(file.size), sizeText(maxBytes)) };
  return null;
}

/** The items of a method that yields, for "for await"; rpc.js loads it when it is first used. */

/** Yield what the call reports as items; leaving the loop cancels the call. */
export async function* items(call, path, args, options = {}) {
  const left = new AbortController();
  const signal = options.signal ? AbortSignal.any([left.signal, options.signal]) : left.signal;
  const arrived = [];
  let isOver = false;
  let wake = () => {};
  const onItem = (item) => {
    arrived.push(item);
    wake();
  };
  const answer = call(path, args, { ...options, signal, onItem });
  answer.catch(() => {}).then(() => {
    isOver = true;
    wake();
  });
  try {
    while (arrived.length || !isOver) {
      if (arrived.length) yield arrived.shift();
      else await new Promise((resolve) => { wake = resolve; });
    }
    await answer;
  } finally {
    left.abort();
  }
}

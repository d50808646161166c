/** window.httpReq: requests that send and read JSON, with Django's CSRF token. See docs/browser.md. */
(() => {
  if (window.httpReq) return;

  /** status is 0 when no answer came: the network, or the time, ended. data is what the server sent. */
  class HttpError extends Error {
    name = "HttpError";

    constructor(message, { status = 0, url, data = null, cause } = {}) {
      super(message, { cause });
      Object.assign(this, { status, url, data });
    }
  }

  async function request(method, url, { params, json, form, headers, timeout = 30_000, signal } = {}) {
    const address = new URL(url, document.baseURI);
    for (const [name, value] of Object.entries(params ?? {})) {
      for (const one of [value].flat()) if (one !== undefined && one !== null) address.searchParams.append(name, one);
    }
    const limit = AbortSignal.timeout(timeout);
    const options = {
      method,
      headers: new Headers({ Accept: "application/json", ...headers }),
      body: form === undefined ? undefined : formBody(form),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    };
    if (json !== undefined) {
      options.body = JSON.stringify(json);
      options.headers.set("Content-Type", "application/json");
    }
    if (method !== "GET" && address.origin === location.origin) {
      const { csrfToken } = await import("../smallweb_core/csrf.js");
      options.headers.set("X-CSRFToken", csrfToken());
    }
    return answer(address, options);
  }

  async function answer(address, options) {
    const what = `${options.method} ${address.pathname}`;
    let response;
    let data;
    try {
      response = await fetch(address, options);
      data = await read(response);
    } catch (error) {
      throw new HttpError(`${what}: ${error.message}`, { url: address.href, status: response?.status, cause: error });
    }
    if (response.ok) return data;
    throw new HttpError(`${what}: HTTP ${response.status}`, { status: response.status, url: address.href, data });
  }

  /** JSON as what it means, everything else as text, nothing as null. */
  async function read(response) {
    const text = await response.text();
    const isJson = /^application\/(.+\+)?json\b/.test(response.headers.get("Content-Type") ?? "");
    if (isJson && text) return JSON.parse(text);
    return text || null;
  }

  function formBody(form) {
    if (form instanceof HTMLFormElement) return new FormData(form);
    if (form instanceof FormData || form instanceof URLSearchParams) return form;
    const body = new FormData();
    for (const [name, value] of Object.entries(form)) for (const one of [value].flat()) body.append(name, one);
    return body;
  }

  const verb = (method) => (url, options) => request(method, url, options);
  window.httpReq = {
    get: verb("GET"),
    post: verb("POST"),
    put: verb("PUT"),
    patch: verb("PATCH"),
    delete: verb("DELETE"),
    HttpError,
  };
})();

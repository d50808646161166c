/** Django's CSRF token: from a form or a <meta name="csrf-token"> of the page, else from the cookie; "" if there is none. */
export function csrfToken() {
  const written = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? document.querySelector("meta[name=csrf-token]")?.content;
  return written ?? decodeURIComponent(document.cookie.match(/(?:^|;\s*)csrftoken=([^;]*)/)?.[1] ?? "");
}

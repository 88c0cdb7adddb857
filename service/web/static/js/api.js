// Talks to the REST API. Three ways to fail: it refuses (Problem), it isn't reachable (Unreachable),
// or the session has ended; then the person signs in again in place and the request is made once more.

const ROOT = "/api/v1";

/** The server answered and refused; `detail` is a sentence for people. */
export class Problem extends Error {
  /** @param {number} status @param {{type?: string, title?: string, detail?: string}} body */
  constructor(status, body) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.kind = body.type?.split(":").at(-1) ?? "";
  }
}

/** No answer came, or the server is in trouble: worth trying again. */
export class Unreachable extends Error {}

/** @type {(() => Promise<void>) | null} */
let signInAgain = null;

/**
 * Set what happens when the session has ended: a promise that resolves once someone has signed in.
 *
 * @param {() => Promise<void>} handler
 */
export function onExpired(handler) {
  signInAgain = handler;
}

/**
 * Make a request.
 *
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{body?: unknown, form?: FormData, key?: string, again?: boolean, signal?: AbortSignal}} [options]
 *   `key` is an Idempotency-Key; `again: false` throws a 401 instead of asking to sign in
 * @returns {Promise<any>} the JSON of the answer
 */
export async function ask(method, path, options = {}) {
  const answer = await send(method, path, options);
  if (answer.status === 401 && options.again !== false && signInAgain) {
    await signInAgain();
    return ask(method, path, options);
  }
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  if ([429, 502, 503, 504].includes(answer.status) && options.key) throw new Unreachable(body.detail);
  throw new Problem(answer.status, body);
}

/** @param {string} method @param {string} path @param {{body?: unknown, form?: FormData, key?: string, signal?: AbortSignal}} options */
async function send(method, path, { body, form, key, signal }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  try {
    return await fetch(ROOT + path, { method, headers, signal, body: form ?? (body === undefined ? null : JSON.stringify(body)) });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable("The server can't be reached.");
  }
}

/** @param {string} path @param {{again?: boolean, signal?: AbortSignal}} [options] */
export const get = (path, options) => ask("GET", path, options);

/** @param {string} path @param {unknown} body @param {{key?: string, again?: boolean, signal?: AbortSignal}} [options] */
export const post = (path, body, options) => ask("POST", path, { ...options, body });

/**
 * Read a list to its end, page by page.
 *
 * @param {string} path
 * @returns {Promise<any[]>}
 */
export async function all(path) {
  const items = [];
  let cursor = "";
  do {
    const page = await get(`${path}${path.includes("?") ? "&" : "?"}limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    items.push(...page.items);
    cursor = page.next_cursor ?? "";
  } while (cursor);
  return items;
}

/**
 * For what is asked anew while an answer is on its way: only the answer to the newest question counts.
 *
 * @returns {(question: Promise<any>) => Promise<any>} resolves with null where a newer question has been asked since
 */
export function newest() {
  /** @type {Promise<any> | null} */
  let latest = null;
  return async (question) => {
    latest = question;
    try {
      const answer = await question;
      return latest === question ? answer : null;
    } catch (error) {
      if (latest === question) throw error;
      return null;
    }
  };
}

/** @param {string} project */
export const projectPath = (project) => `/projects/${encodeURIComponent(project)}`;

/** @param {string} project @param {string} documentId */
export const documentPath = (project, documentId) => `${projectPath(project)}/documents/${encodeURIComponent(documentId)}`;

/** @param {string} project @param {string} query */
export const download = (project, query) => `${ROOT}${projectPath(project)}/${query}`;

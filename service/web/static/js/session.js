// Who is signed in. A page starts only once someone is; when a session ends later, they sign in again in
// place and nothing that was typed is lost.

import { get, onExpired, Problem } from "./api.js";
import { byId, h } from "./dom.js";
import { startTheme } from "./theme-button.js";
import { signInForm } from "./elements/sign-in.js";
import "./elements/person.js";
import "./elements/notices.js";

/** @typedef {{name: string, role: string, rights: Record<string, boolean>}} Session */

/**
 * Start a page: sign in, load, show; a failure becomes one sentence in its place.
 *
 * @param {(session: Session) => Promise<void>} load
 * @param {{shows?: boolean}} [options] whether the view is shown once loaded
 */
export async function startPage(load, { shows = true } = {}) {
  startTheme();
  try {
    const session = await signedIn();
    await load(session);
    if (shows) byId("view").hidden = false;
  } catch (error) {
    failed(/** @type {Error} */ (error));
  }
}

/** @returns {Promise<Session>} once someone is signed in */
async function signedIn() {
  const known = document.documentElement.dataset.session !== "none";
  const session = (known && (await currentSession())) || (await signInHere());
  const person = /** @type {any} */ (document.querySelector("inkling-person"));
  person.show(session);
  onExpired(() => /** @type {any} */ (document.querySelector("inkling-sign-in")).ask(session.name));
  return session;
}

/** @returns {Promise<Session | null>} */
async function currentSession() {
  try {
    return await get("/session", { again: false });
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

/** Show the sign-in form in place of the page. */
async function signInHere() {
  const form = await new Promise((resolve) => {
    const shown = signInForm({ onDone: () => resolve(shown) });
    byId("main").append(shown);
    shown.querySelector("input")?.focus();
  });
  form.remove();
  return get("/session", { again: false });
}

/** @param {Error} error */
function failed(error) {
  const missing = error instanceof Problem && error.status === 404;
  const says = missing ? "There is no such page, or you are not among the people of this project." : error.message;
  byId("main").append(
    h(
      "div",
      { class: "page" },
      h("h1", {}, missing ? "Nothing here" : "This page can't be shown"),
      h("p", { class: "lede", role: "alert" }, says),
      h("p", {}, h("a", { href: "/" }, "All projects")),
    ),
  );
  if (!(error instanceof Problem)) console.warn(error);
}

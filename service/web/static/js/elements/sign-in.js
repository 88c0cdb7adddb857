// The sign-in form: a page of its own at first, a dialog when a session has ended in the middle of work.

import { Problem, post } from "../api.js";
import { h } from "../dom.js";

/**
 * Build the form.
 *
 * @param {{onDone: (session: unknown) => void, name?: string, autofocus?: boolean}} options `name` is fixed if given: the
 *   work on the page is that person's
 */
export function signInForm({ onDone, name = "" }) {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const who = /** @type {HTMLInputElement} */ (
    h("input", { id: "sign-in-name", name: "name", required: true, autocomplete: "username", spellcheck: "false", autocapitalize: "none" })
  );
  const secret = /** @type {HTMLInputElement} */ (
    h("input", { id: "sign-in-password", name: "password", type: "password", required: true, autocomplete: "current-password" })
  );
  const button = /** @type {HTMLButtonElement} */ (h("button", { class: "inked" }, "Sign in"));
  who.value = name;
  who.readOnly = !!name;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    button.disabled = true;
    problem.hidden = true;
    try {
      onDone(await post("/session", { name: who.value.trim(), password: secret.value }, { again: false }));
    } catch (error) {
      problem.textContent = says(error);
      problem.hidden = false;
      secret.select();
    } finally {
      button.disabled = false;
    }
  };
  return h(
    "form",
    { class: "sign-in", onsubmit: submit },
    !name && h("h1", { class: "sign-in-mark" }, h("span", { class: "wordmark-ink" }, "Ink"), h("span", { class: "wordmark-pencil" }, "ling")),
    !name && h("p", { class: "lede" }, "A hint, not a verdict. Suggestions are pencilled; people decide in ink."),
    h("p", { class: "field" }, h("label", { for: "sign-in-name" }, "Name"), who),
    h("p", { class: "field" }, h("label", { for: "sign-in-password" }, "Password"), secret),
    problem,
    h("p", { class: "dialog-acts" }, button),
  );
}

/** @param {unknown} error */
function says(error) {
  if (!(error instanceof Problem)) return "The server can't be reached. Try again in a moment.";
  if (error.status === 401) return "Name and password don't go together.";
  if (error.status === 429) return "Too many attempts. Wait a little, then try again.";
  return error.message;
}

class SignIn extends HTMLElement {
  #asked = null;

  /**
   * Ask the same person to sign in again; several callers share one dialog.
   *
   * @param {string} name
   * @returns {Promise<void>}
   */
  ask(name) {
    this.#asked ??= new Promise((resolve) => this.#open(name, resolve)).finally(() => (this.#asked = null));
    return this.#asked;
  }

  #open(name, resolve) {
    const dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "dialog", "aria-labelledby": "again-title" },
        h("h2", { id: "again-title" }, "Your session has ended"),
        h("p", {}, "Sign in again to go on where you were. Nothing you chose or wrote is lost."),
      )
    );
    let done = false;
    const form = signInForm({
      name,
      onDone: () => {
        done = true;
        dialog.close();
      },
    });
    form.append(h("p", { class: "aside" }, h("a", { href: "/sign-in" }, "Leave this page and sign in as someone else")));
    dialog.append(form);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      if (!done) return dialog.showModal();
      dialog.remove();
      this.hidden = true;
      return resolve();
    });
    this.hidden = false;
    this.append(dialog);
    dialog.showModal();
    /** @type {HTMLElement} */ (form.querySelector("#sign-in-password")).focus();
  }
}

customElements.define("inkling-sign-in", SignIn);

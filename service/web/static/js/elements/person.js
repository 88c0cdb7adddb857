// Who is signed in, and the way out.

import { ask } from "../api.js";
import { h } from "../dom.js";

class Person extends HTMLElement {
  /** @param {{name: string, role: string}} session */
  show({ name, role }) {
    this.replaceChildren(
      h("span", { class: "person-name", title: role }, name),
      h("button", { type: "button", class: "quiet", onclick: () => this.leave() }, "Sign out"),
    );
  }

  /** End the session and go to the page for signing in. */
  async leave() {
    await ask("DELETE", "/session", { again: false }).catch(() => null);
    location.assign("/sign-in");
  }
}

customElements.define("inkling-person", Person);

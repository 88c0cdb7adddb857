// A person has a model serve: with a reason, and with their name under it.

import { post } from "../api.js";
import { announce, byId, h } from "../dom.js";

/**
 * Ask for a reason and sign.
 *
 * @param {{model_id: string}} model
 * @param {{model_id: string} | undefined} current the one it takes the place of
 * @param {string} codebook
 * @param {string} signer
 * @param {() => Promise<void>} ondone
 */
export function askToPromote(model, current, codebook, signer, ondone) {
  const dialog = byId("promotion");
  const why = /** @type {HTMLTextAreaElement} */ (h("textarea", { id: "promotion-reason", rows: 3, required: true, maxlength: 2000, "aria-describedby": "promotion-hint" }));
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const sign = /** @type {HTMLButtonElement} */ (h("button", { class: "inked" }, "Sign and promote"));
  const refuse = (/** @type {string} */ says) => {
    problem.textContent = says;
    problem.hidden = false;
    sign.disabled = false;
  };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const reason = why.value.trim();
    if (!reason) {
      refuse("Say why, so that others can follow it later.");
      return why.focus();
    }
    sign.disabled = true;
    try {
      await post(`/models/${model.model_id}/promotion`, { reason });
    } catch (error) {
      return refuse(/** @type {Error} */ (error).message);
    }
    dialog.close();
    announce(`${model.model_id} serves from now on.`);
    return ondone();
  };
  const instead = current ? [", in place of ", h("span", { class: "model-id" }, current.model_id)] : [];
  dialog.replaceChildren(
    h(
      "form",
      { onsubmit: submit, novalidate: true },
      h("h2", { id: "promotion-title" }, "Have this model serve?"),
      h("p", { class: "promotion-what" }, h("span", { class: "model-id" }, model.model_id), ` will suggest in every project on the codebook ${codebook}`, ...instead, ". Decisions stay as they are."),
      h("p", { class: "field" }, h("label", { for: why.id }, "Why"), why, h("small", { id: "promotion-hint" }, "Kept for good, with your name and the time.")),
      problem,
      h("p", { class: "signed" }, "Signed: ", h("b", {}, signer)),
      h("p", { class: "dialog-acts" }, h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel"), sign),
    ),
  );
  dialog.showModal();
  why.focus();
}

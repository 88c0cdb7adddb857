// A person has a model serve: with a reason, and with their name under it.

import { get, post, projectPath } from "../api.js";
import { announce, byId, counted, h } from "../dom.js";
import { besideFigures, comparedFigures } from "./figures.js";

/** @typedef {import("./figures.js").Measured} Measured
 * @typedef {import("./figures.js").Compared} Compared */

/**
 * What is signed for: a model that could serve, or going back to the one before.
 *
 * @typedef {{title: string, says: string, act: string, path: string, body: object}} Act
 */

/** @param {Measured} model @param {string} codebook @returns {Act} */
export const promotion = (model, codebook) => ({
  title: "Have this model serve?",
  says: ` will suggest in every project on the codebook ${codebook}`,
  act: "Sign and promote",
  path: `/models/${model.model_id}/promotion`,
  body: {},
});

/** @param {string} codebook @returns {Act} */
export const goingBack = (codebook) => ({
  title: "Go back to the model before?",
  says: ` will suggest again in every project on the codebook ${codebook}`,
  act: "Sign and go back",
  path: "/models/rollback",
  body: { codebook },
});

/**
 * Ask for a reason and sign.
 *
 * @param {Act} act
 * @param {string} project
 * @param {Measured} model the one that is to serve
 * @param {Measured | undefined} current the one it takes the place of
 * @param {string} signer
 * @param {(modelId: string) => Promise<void>} ondone
 */
export function askToSign(act, project, model, current, signer, ondone) {
  const dialog = byId("promotion");
  const why = /** @type {HTMLTextAreaElement} */ (h("textarea", { id: "promotion-reason", rows: 3, required: true, maxlength: 2000, "aria-describedby": "promotion-hint" }));
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const sign = /** @type {HTMLButtonElement} */ (h("button", { class: "inked" }, act.act));
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
    let serves;
    try {
      serves = (await post(act.path, { ...act.body, reason })).model_id;
    } catch (error) {
      return refuse(/** @type {Error} */ (error).message);
    }
    dialog.close();
    announce(`${serves} serves from now on.`);
    return ondone(serves);
  };
  const instead = current ? [", in place of ", h("span", { class: "model-id" }, current.model_id)] : [];
  dialog.replaceChildren(
    h(
      "form",
      { onsubmit: submit, novalidate: true },
      h("h2", { id: "promotion-title" }, act.title),
      h("p", { class: "promotion-what" }, h("span", { class: "model-id" }, model.model_id), act.says, ...instead, ". Decisions stay as they are."),
      current && comparison(project, model, current),
      h("p", { class: "field" }, h("label", { for: why.id }, "Why"), why, h("small", { id: "promotion-hint" }, "Kept for good, with your name and the time.")),
      problem,
      h("p", { class: "signed" }, "Signed: ", h("b", {}, signer)),
      h("p", { class: "dialog-acts" }, h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel"), sign),
    ),
  );
  dialog.showModal();
  why.focus();
}

/** How the two compare, as soon as the server has said it. @param {string} project @param {Measured} model @param {Measured} current */
function comparison(project, model, current) {
  const place = h("section", { class: "promotion-comparison", "aria-label": "Comparison with the model that serves", "aria-live": "polite" }, h("p", { class: "aside" }, "Comparing it with the model that serves…"));
  get(`${projectPath(project)}/models/${model.model_id}/comparison`).then(
    (found) => place.replaceChildren(...compared(found, model, current)),
    (error) => place.replaceChildren(h("p", { class: "aside" }, `They could not be compared: ${/** @type {Error} */ (error).message}`)),
  );
  return place;
}

/** @param {{dimensions: Compared[] | null, without: string | null}} found @param {Measured} model @param {Measured} current */
function compared({ dimensions, without }, model, current) {
  if (!dimensions) return [h("p", { class: "aside" }, `Not compared. ${without}`)];
  const verdicts = h("ul", { class: "verdicts" }, ...dimensions.map(verdict));
  if (dimensions.some((part) => part.segments)) return [verdicts, comparedFigures(dimensions)];
  return [
    h("p", {}, "There is nothing to compare them on: the two models were measured on different people."),
    verdicts,
    ...besideFigures(current, model),
    h("p", { class: "aside" }, "Codings that neither was fitted on make a comparison possible, such as those made since. On the command line: ", h("code", {}, `inkling models compare ${model.model_id} --project NAME`), " takes a project's, each model only on people it was not fitted on; ", h("code", {}, "--excerpts FILE"), " takes others."),
  ];
}

/** @param {Compared} part */
function verdict({ label, verdict: said, reason, segments, participants }) {
  const on = segments > 0 && h("small", {}, ` on ${counted(segments, "segment")} of ${counted(participants, "participant")}`);
  return h("li", {}, `${label}: `, h("b", {}, said), reason && ` (${reason})`, on);
}

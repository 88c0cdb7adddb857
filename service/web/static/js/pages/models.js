// The models of a project: which one serves, which ones could, how good each is, and retraining.

import { all, get, projectPath } from "../api.js";
import { byId, counted, h, here, pageOf, trail } from "../dom.js";
import { ownFigures } from "../elements/figures.js";
import { askToSign, goingBack, promotion } from "../elements/promotion.js";
import { TrainingPanel } from "../elements/training.js";
import { day } from "../moments.js";
import { startPage } from "../session.js";

const { project: name } = here();

/** @typedef {import("../elements/figures.js").Figures} Figures
 * @typedef {{model_id: string, state: string, method: string, codebook_version: string, created_at: string,
 *   on_invented_text: boolean, segments: number, participants: number, has_report: boolean,
 *   promoted: {by: string, reason: string, at: string} | null, is_previous: boolean, figures: Figures[] | null,
 *   without_figures: string | null}} Model */

startPage(async (session) => {
  const project = await get(projectPath(name));
  trail([{ name: project.name, href: pageOf(name) }, { name: "Models" }]);
  byId("lede").textContent = `They suggest codes of the codebook ${project.codebook.name}, and people decide. Which of them serves is for a person to decide, too.`;
  const show = () => showModels(project.codebook.name, session);
  await show();
  if (session.rights.research) await new TrainingPanel(byId("training"), name, show).load();
});

const STATES = [
  ["current", "Serves now"],
  ["candidate", "Candidates"],
  ["retired", "Retired"],
];

/** @param {string} codebook @param {import("../session.js").Session} session */
async function showModels(codebook, session) {
  /** @type {Model[]} */
  const models = await all(`${projectPath(name)}/models`);
  const current = models.find((model) => model.state === "current");
  const done = async (/** @type {string} */ modelId) => {
    await showModels(codebook, session);
    byId(`model-${modelId}`)?.focus();
  };
  const previous = models.find((model) => model.is_previous);
  const acts = {
    promote: (/** @type {Model} */ model) => askToSign(promotion(model, codebook), name, model, current, session.name, done),
    back: previous ? () => askToSign(goingBack(codebook), name, previous, current, session.name, done) : null,
  };
  const groups = STATES.map(([state, title]) => group(title, models.filter((model) => model.state === state), session.rights.promote ? acts : null));
  byId("models").replaceChildren(...(models.length ? groups.filter(Boolean) : [blank()]));
}

const blank = () => h("div", { class: "blank" }, h("p", { class: "blank-title" }, "No model yet"), h("p", {}, "The first suggestion asked for here makes one from the codebook's definitions alone."));

/** What a person may do: have a model serve, and go back to the one before, where there is one.
 * @typedef {{promote: (model: Model) => void, back: (() => void) | null}} Acts */

/** @param {string} title @param {Model[]} models @param {Acts | null} acts */
function group(title, models, acts) {
  if (!models.length) return null;
  return h("section", { class: "models" }, h("h2", {}, title), ...models.map((model) => card(model, acts)));
}

const METHODS = { head: "linear heads on the encoder as it is", definitions: "the codebook's definitions alone", tuned: "an encoder tuned to such codings" };

/** @param {Model} model @param {Acts | null} may */
function card(model, may) {
  const serves = model.state === "current";
  const acts = [
    model.has_report && h("a", { class: "outlined", href: `/api/v1/models/${model.model_id}/report`, target: "_blank", rel: "noopener" }, "Report", h("span", { class: "unseen" }, ` of ${model.model_id}, opens in a new tab`)),
    may && !serves && h("button", { type: "button", class: "outlined", "aria-label": `Promote ${model.model_id}`, onclick: () => may.promote(model) }, "Promote…"),
    may?.back && serves && h("button", { type: "button", class: "outlined", onclick: may.back }, "Go back…", h("span", { class: "unseen" }, " to the model before")),
  ].filter(Boolean);
  return h(
    "article",
    { class: `model model-${model.state}`, id: `model-${model.model_id}`, tabindex: "-1", "aria-label": model.model_id },
    h("h3", { class: "model-id" }, model.model_id),
    h("p", { class: "model-about" }, about(model)),
    model.promoted && h("p", { class: "model-about" }, ...signed(model)),
    model.figures && model.figures.length > 0 && ownFigures(model),
    model.without_figures && h("p", { class: "aside" }, model.without_figures),
    acts.length > 0 && h("p", { class: "acts" }, ...acts),
  );
}

/** @param {Model} model */
function about({ created_at: at, segments, participants, method, on_invented_text: invented }) {
  const how = METHODS[method] ?? method;
  if (!segments) return `Made ${day(at)} from ${how}.`;
  return `Fitted ${day(at)} on ${counted(segments, "segment")} of ${counted(participants, "participant")}${invented ? ", all invented text" : ""}: ${how}.`;
}

/** @param {Model} model */
function signed({ state, promoted }) {
  const { by, reason, at } = /** @type {NonNullable<Model["promoted"]>} */ (promoted);
  const since = state === "current" ? `Serves since ${day(at)}` : `Served from ${day(at)}`;
  return by === "set-up" ? [`${since}, as the first model of its codebook.`] : [`${since}, signed by ${by}: `, h("q", {}, reason)];
}

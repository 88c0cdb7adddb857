// Retraining: a button with its options, then a line that says how far it is, then what came of it.

import { ask, get, post, Problem, projectPath, Unreachable } from "../api.js";
import { announce, h } from "../dom.js";
import { moment } from "../moments.js";

/** Milliseconds between two looks at a job, and between two sentences for those who listen. */
const LOOK = 1000;
const QUIET = 10_000;

/** @typedef {{job_id: string, state: string, progress: number, stage: string, model_id: string | null,
 *   reason: string | null, created_at: string, ended_at: string | null, by: string}} Job */

const isUnfinished = (/** @type {Job | undefined} */ job) => job?.state === "queued" || job?.state === "running";

export class TrainingPanel {
  #said = { stage: "", at: 0 };

  /**
   * @param {HTMLElement} element
   * @param {string} project
   * @param {() => Promise<void>} onmodel called when a model came of a training
   */
  constructor(element, project, onmodel) {
    this.element = element;
    this.project = project;
    this.onmodel = onmodel;
    this.result = h("p", { class: "training-result", tabindex: "-1", hidden: true });
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.bar = /** @type {HTMLProgressElement} */ (h("progress", { max: 1, "aria-label": "Training" }));
    this.says = h("span", {});
    this.stop = /** @type {HTMLButtonElement} */ (h("button", { type: "button", class: "outlined", onclick: () => this.#cancel() }, "Cancel"));
    this.line = h("div", { class: "training-line", hidden: true }, this.bar, this.says, this.stop);
    this.options = options();
    this.begin = /** @type {HTMLButtonElement} */ (h("button", { class: "inked" }, "Retrain"));
    this.form = h("form", { class: "training-form", onsubmit: (/** @type {Event} */ event) => this.#start(event), novalidate: true }, this.begin, this.options.element);
    const what = "Fits a model on this project's final codings, and on imported ones where nothing is final, and measures it on participants it has not seen. Coding goes on meanwhile. What comes of it is a candidate: nothing changes until someone signs for it.";
    element.replaceChildren(h("h2", { id: "training-title" }, "Retrain"), h("p", { class: "aside" }, what), this.result, this.problem, this.line, this.form);
    element.hidden = false;
  }

  /** Show the latest training, and watch it if it goes on. */
  async load() {
    const { items } = await get(`${projectPath(this.project)}/trainings?limit=1`);
    if (isUnfinished(items[0])) void this.#watch(items[0]).catch((error) => this.#lost(error));
    else this.#ended(items[0]);
  }

  /** @param {Event} event */
  async #start(event) {
    event.preventDefault();
    const wrong = this.options.wrong();
    if (wrong) return this.#refuse("One of the numbers is out of range.", wrong);
    this.begin.disabled = true;
    try {
      const { job_id: id } = await post(`${projectPath(this.project)}/trainings`, this.options.read());
      announce("The training is waiting to begin.");
      await this.#watch(await get(`/jobs/${id}`), true);
    } catch (error) {
      if (error instanceof Problem && error.status === 409) await this.load(); // someone else was quicker
      else this.#lost(/** @type {Error} */ (error));
    } finally {
      this.begin.disabled = false;
    }
    return undefined;
  }

  /** @param {Error} error what keeps a training from being begun or followed */
  #lost(error) {
    this.line.hidden = true;
    this.form.hidden = false;
    this.#refuse(error.message);
  }

  /** @param {string} says @param {HTMLElement} [field] */
  #refuse(says, field) {
    this.problem.textContent = says;
    this.problem.hidden = false;
    field?.focus();
  }

  async #cancel() {
    this.stop.disabled = true;
    try {
      await ask("DELETE", `/jobs/${this.stop.dataset.job}`);
    } catch (error) {
      this.#refuse(/** @type {Error} */ (error).message);
      this.stop.disabled = false;
    }
  }

  /**
   * Follow a job to its end.
   *
   * @param {Job} job
   * @param {boolean} [begun] whether the person began it just now
   */
  async #watch(job, begun = false) {
    this.problem.hidden = true;
    this.result.hidden = true;
    this.form.hidden = true;
    this.line.hidden = false;
    this.stop.disabled = false;
    this.stop.dataset.job = job.job_id;
    if (begun) this.stop.focus();
    let now = job;
    while (isUnfinished(now)) {
      this.#show(now);
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      now = await this.#look(now);
    }
    await this.#finish(now);
  }

  /** @param {Job} job @returns {Promise<Job>} */
  async #look(job) {
    try {
      return await get(`/jobs/${job.job_id}`);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.says.textContent = "The server can't be reached; the training may go on all the same.";
      return this.#look(await new Promise((resolve) => setTimeout(() => resolve(job), 5 * LOOK)));
    }
  }

  /** @param {Job} job */
  #show(job) {
    const waiting = job.state === "queued";
    if (waiting) this.bar.removeAttribute("value");
    else this.bar.value = job.progress;
    const stage = waiting ? "Waiting for a worker" : sentence(job.stage || "starting");
    this.says.textContent = `${waiting ? stage : `${stage}, ${Math.round(100 * job.progress)}%`} · begun by ${job.by}, ${moment(job.created_at)}`;
    if (stage !== this.#said.stage && Date.now() - this.#said.at > QUIET) {
      this.#said = { stage, at: Date.now() };
      announce(`Training: ${stage}.`);
    }
  }

  /** @param {Job} job */
  async #finish(job) {
    const held = this.line.contains(document.activeElement);
    this.line.hidden = true;
    this.#ended(job);
    announce(this.result.textContent ?? "");
    if (held) this.result.focus();
    if (job.model_id) await this.onmodel();
  }

  /** @param {Job | undefined} job */
  #ended(job) {
    this.form.hidden = false;
    this.result.hidden = !job;
    if (!job) return;
    const when = job.ended_at ? moment(job.ended_at) : "";
    const says = { done: `The training begun by ${job.by} ended ${when}: `, failed: `The training begun by ${job.by} failed ${when}: ${job.reason}`, cancelled: `The training begun by ${job.by} was cancelled ${when}.` }[job.state] ?? "";
    this.result.replaceChildren(says, ...(job.model_id ? [h("a", { href: `#model-${job.model_id}`, class: "model-id" }, job.model_id), " is the model that came of it."] : []));
  }
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** How to fit and what to leave out, put away until someone wants it. */
function options() {
  const choice = (/** @type {string} */ value, /** @type {string} */ title, /** @type {string} */ about) => {
    const input = /** @type {HTMLInputElement} */ (h("input", { type: "radio", name: "tune", value, checked: value === "" }));
    return h("label", { class: "choice" }, input, h("span", {}, title, h("small", {}, about)));
  };
  const number = (/** @type {string} */ id, /** @type {Record<string, unknown>} */ range, /** @type {string} */ title, /** @type {string} */ about) => {
    const input = /** @type {HTMLInputElement} */ (h("input", { id, type: "number", "aria-describedby": `${id}-hint`, ...range }));
    return { input, field: h("p", { class: "field" }, h("label", { for: id }, title), input, h("small", { id: `${id}-hint` }, about)) };
  };
  const budget = number("training-budget", { min: 1, max: 10_000, step: "any", placeholder: "30" }, "Minutes for tuning", "At most about so long; the best learnt by then is kept.");
  const seed = number("training-seed", { min: 0, max: 2 ** 31 - 1, step: 1, value: 0 }, "Seed", "The same codings and seed give the same model.");
  const how = h(
    "fieldset",
    { class: "choices" },
    h("legend", {}, "How to fit"),
    choice("", "Whichever proves better", "Decided on participants used for nothing else."),
    choice("false", "Heads only", "On the encoder as it is: seconds."),
    choice("true", "Tune the encoder", "To what this project's people say: minutes."),
  );
  const without = /** @type {HTMLTextAreaElement} */ (h("textarea", { id: "training-without", rows: 2, spellcheck: "false", autocomplete: "off", "aria-describedby": "training-without-hint" }));
  const unadvised = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", id: "training-unadvised" }));
  const left = h(
    "fieldset",
    { class: "choices" },
    h("legend", {}, "What to leave out"),
    h("p", { class: "field" }, h("label", { for: without.id }, "Participants or transcripts"), without, h("small", { id: "training-without-hint" }, "By id, one a line: who withdrew, say. The model keeps no trace of them but how many they were.")),
    h("label", { class: "choice" }, unadvised, h("span", {}, "Codings made with advice in view", h("small", {}, "What is learned is then what coders chose without a suggestion."))),
  );
  const element = h("details", { class: "others training-options" }, h("summary", {}, "Options"), how, h("div", { class: "field-row" }, budget.field, seed.field), left);
  const chosen = () => /** @type {HTMLInputElement | null} */ (how.querySelector("input:checked"))?.value ?? "";
  const ids = () => without.value.split("\n").map((line) => line.trim()).filter(Boolean);
  return {
    element,
    wrong: () => [budget.input, seed.input].find((input) => !input.checkValidity()),
    read: () => ({
      ...(chosen() && { tune: chosen() === "true" }),
      ...(budget.input.value && { budget: Number(budget.input.value) }),
      ...(ids().length > 0 && { without: ids() }),
      ...(unadvised.checked && { unadvised_only: true }),
      seed: Number(seed.input.value),
    }),
  };
}

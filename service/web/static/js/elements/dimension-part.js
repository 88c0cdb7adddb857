// One dimension of the sheet: its codes, "none applies", why nothing is pencilled, and what the pencil rests on.

import { adviceOn, sentence } from "../advice.js";
import { arranged, labelOf, mismatched } from "../codebook.js";
import { cap } from "../keys.js";
import { counted, h, listed } from "../dom.js";
import { CodeRow } from "./code-row.js";

/** @typedef {import("../types.js").Dimension} Dimension */

/**
 * @typedef {{choices: import("../types.js").Choices, suggestion: import("../types.js").Suggestion | null, policy: string,
 *   decided: boolean, quiet: boolean, evidence: boolean, pointed: boolean, missing: boolean,
 *   caps: (code: string, place: number) => string, noneCap: string, dimensions: Dimension[]}} View
 */

export class DimensionPart {
  /** @param {Dimension} dimension @param {(code: string | null) => void} onchoose null is "none applies" */
  constructor(dimension, onchoose) {
    this.dimension = dimension;
    this.rows = new Map(
      dimension.codes.map((code) => [code.id, new CodeRow(code, { onchoose: () => onchoose(code.id), definition: code })]),
    );
    this.none = new CodeRow({ id: "", label: "None applies" }, { onchoose: () => onchoose(null) });
    this.none.element.classList.add("is-none");
    this.front = h("ul", { class: "codes" });
    this.others = h("ul", { class: "codes" });
    this.summary = h("summary");
    this.more = /** @type {HTMLDetailsElement} */ (h("details", { class: "others" }, this.summary, this.others));
    this.hint = h("p", { class: "hint", hidden: true });
    this.word = h("p", { class: "pencil-word", hidden: true });
    this.ground = h("div", { class: "ground", hidden: true });
    this.element = h("fieldset", { class: "dimension", "data-dimension": dimension.id }, this.#legend(), this.hint, this.word, this.front, this.more, this.ground);
    /** The codes in the order in which they stand, those that digits can reach first. */
    this.order = dimension.codes.filter((code) => !code.retired);
  }

  #legend() {
    const how = this.dimension.select === "one" ? "one" : "one or more";
    const small = this.dimension.required ? how : `${how}, if you wish`;
    return h("legend", {}, h("span", { class: "dimension-name" }, this.dimension.label), " ", h("small", {}, small));
  }

  /** @param {View} view */
  update(view) {
    const advice = view.quiet ? undefined : adviceOn(view.suggestion, this.dimension.id);
    this.element.classList.toggle("is-pointed", view.pointed);
    this.element.classList.toggle("is-missing", view.missing);
    this.#arrange(view.choices, advice?.suggested ?? []);
    this.#ink(view.choices[this.dimension.id], view);
    this.#draw(advice);
    this.#say(view, advice);
    this.#lay(view, advice);
  }

  /** @param {import("../types.js").Choices} choices @param {string[]} pencilled */
  #arrange(choices, pencilled) {
    const { front, rest } = arranged(this.dimension, choices, pencilled);
    this.order = [...front, ...rest];
    this.more.hidden = !rest.length;
    this.summary.textContent = front.length ? counted(rest.length, "other") : `All ${rest.length} codes`;
    place(this.front, [...front.map((code) => this.rows.get(code.id).element), this.none.element]);
    place(this.others, rest.map((code) => this.rows.get(code.id).element));
  }

  /** @param {string[] | undefined} chosen @param {View} view */
  #ink(chosen, view) {
    const places = new Map(this.order.map((code, place) => [code.id, place]));
    for (const [code, row] of this.rows) {
      row.ink(!!chosen?.includes(code));
      row.key(places.has(code) ? cap(view.caps(code, places.get(code))) : "");
    }
    this.none.ink(chosen?.length === 0);
    this.none.key(cap(view.noneCap));
  }

  /** @param {import("../types.js").Advice | undefined} advice */
  #draw(advice) {
    const candidates = new Map((advice?.candidates ?? []).map((candidate) => [candidate.code, candidate]));
    for (const [code, row] of this.rows) {
      const found = candidates.get(code);
      row.draw(found ? { probability: found.probability, inSet: found.in_candidate_set, suggested: advice.suggested.includes(code) } : null);
    }
    const noneSuggested = !!advice && !advice.abstained && !advice.suggested.length;
    this.none.draw(noneSuggested ? { suggested: true, inSet: true } : null);
  }

  /** @param {View} view @param {import("../types.js").Advice | undefined} advice */
  #say(view, advice) {
    const chosen = view.choices[this.dimension.id] ?? [];
    const stray = this.dimension.codes.filter((code) => chosen.includes(code.id) && mismatched(code, view.choices));
    const hints = stray.map((code) => `“${code.label}” stands under ${parents(code, view.dimensions)}.`);
    if (view.missing) hints.unshift(`Still waits for your answer; ${cap(view.noneCap)} says that none applies.`);
    this.hint.textContent = hints.join(" ");
    this.hint.hidden = !hints.length;
    const reason = advice?.abstained ? advice.reason : null;
    this.word.textContent = reason ? sentence(reason, view.policy, view.decided) : "";
    this.word.hidden = !reason;
  }

  /** Lay out what the pencil rests on. @param {View} view @param {import("../types.js").Advice | undefined} advice */
  #lay(view, advice) {
    const open = view.evidence && !!advice && (advice.words.length > 0 || advice.evidence.length > 0);
    this.ground.hidden = !open;
    if (!open) return this.ground.replaceChildren();
    const words = advice.words.map(({ text, weight }) => h("span", { class: weight < 0 ? "word against" : "word" }, weight < 0 && h("span", { class: "unseen" }, "against: "), text));
    return this.ground.replaceChildren(
      ...(words.length ? [h("p", { class: "words" }, h("span", { class: "ground-title" }, "Words that moved it"), ...words)] : []),
      ...(advice.evidence.length ? [h("p", { class: "ground-title" }, "Nearest coded excerpts")] : []),
      ...advice.evidence.slice(0, 2).map((excerpt) => quote(this.dimension, excerpt)),
    );
  }

  /** @param {boolean} open */
  define(open) {
    for (const row of this.rows.values()) row.open(open);
  }
}

/** Put the elements in this order, touching nothing where they already stand so (focus stays). */
function place(list, elements) {
  const now = [...list.children];
  if (now.length === elements.length && now.every((element, i) => element === elements[i])) return;
  list.replaceChildren(...elements);
}

/** @param {import("../types.js").Code} code @param {Dimension[]} dimensions */
const parents = (code, dimensions) =>
  listed(dimensions.filter((d) => code.parent[d.id]).map((d) => labelOf(d, code.parent[d.id])));

/** @param {Dimension} dimension @param {import("../types.js").Excerpt} excerpt */
function quote(dimension, excerpt) {
  const codes = excerpt.codes.length ? listed(excerpt.codes.map((code) => labelOf(dimension, code))) : "none applies";
  const origin = excerpt.origin === "synthetic" ? "an invented example" : excerpt.document_id;
  return h(
    "figure",
    { class: "excerpt" },
    excerpt.text && h("blockquote", {}, excerpt.text),
    h("figcaption", {}, h("span", { class: "excerpt-codes" }, codes), [origin, excerpt.same_participant && "the same participant", `${Math.round(excerpt.similarity * 100)}% alike`].filter(Boolean).map((x) => ` · ${x}`).join("")),
  );
}

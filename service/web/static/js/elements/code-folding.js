// The tree of codes of a file beside a project's codebook: which branch is which dimension, which code is which code.

import { branchesOf, dimensionNamed, isHomeless, nameWithin } from "../coded-files.js";
import { active } from "../codebook.js";
import { counted, h } from "../dom.js";
import { select } from "./fields.js";

/** @typedef {import("../coded-files.js").Preview} Preview
 * @typedef {import("../coded-files.js").Choices} Choices
 * @typedef {import("../coded-files.js").Branch} Branch
 * @typedef {import("../coded-files.js").SeenCode} SeenCode
 * @typedef {import("../types.js").Dimension} Dimension */

/** @param {Branch} branch */
const rootOf = (branch) => branch.path.split(" > ")[0];

/** @param {SeenCode} code @param {Branch} branch does it stand in the branch, or in one within it? */
const isWithin = ({ path }, branch) => (branch.path ? path === branch.path || path.startsWith(`${branch.path} > `) : !path.includes(" > "));

/** Values that stand for no word of the person. */
const AUTO = "\u0000auto";

export class CodeFolding {
  /** Codes that had no place when the file was first seen; they stay first, whatever is chosen. @type {Set<string>} */
  #first = new Set();

  /**
   * @param {Dimension[]} dimensions
   * @param {Choices} choices
   * @param {() => void} onchange
   */
  constructor(dimensions, choices, onchange) {
    this.dimensions = dimensions;
    this.choices = choices;
    this.onchange = onchange;
    this.element = h("div", { class: "branches" });
    this.targets = dimensions.map((d) => ({ label: d.label, options: active(d).map((code) => ({ value: `${d.id}:${code.id}`, text: code.label })) }));
  }

  /** Look at a file for the first time, or at it as a wholly different table. @param {Preview} seen */
  begin(seen) {
    this.#first = new Set(seen.codes.filter(isHomeless).map((code) => code.path));
  }

  /** @param {Preview} seen */
  show(seen) {
    const given = seen.codes.filter((code) => code.codings > 0);
    const homeless = given.filter(isHomeless).length;
    const branches = branchesOf(seen.codes).filter((branch) => given.some((code) => isWithin(code, branch)));
    const idle = seen.codes.length - given.length;
    const places = new Map(seen.codes.map((code, index) => [code.path, index]));
    const says = !given.length ? "No code was given to anything." : homeless ? `${given.length - homeless} of ${counted(given.length, "code")} that were given have a place in the codebook. ${homeless === 1 ? "One has" : `${homeless} have`} none: without a word of yours, those codings stay behind.` : `Every code that was given has a place in the codebook, or is left out.`;
    this.element.replaceChildren(h("p", {}, says), ...this.#inOrder(branches).map((branch, index) => this.#branch(branch, index, seen, places)), idle && given.length ? h("p", { class: "aside idle" }, `${counted(idle, "further code")} of the file's tree ${idle === 1 ? "was" : "were"} given to nothing.`) : "");
  }

  /** Trees with codes that have no place come first. @param {Branch[]} branches */
  #inOrder(branches) {
    const urgent = new Set(branches.filter((branch) => branch.codes.some((code) => this.#first.has(code.path))).map(rootOf));
    return [...branches.filter((branch) => urgent.has(rootOf(branch))), ...branches.filter((branch) => !urgent.has(rootOf(branch)))];
  }

  /** @param {Branch} branch @param {number} index @param {Preview} seen @param {Map<string, number>} places */
  #branch(branch, index, seen, places) {
    const name = branch.path ? branch.name : "Codes without a branch";
    const id = `branch-${index}`;
    const given = branch.codes.filter((code) => code.codings > 0);
    const sorted = [...given.filter((code) => this.#first.has(code.path)), ...given.filter((code) => !this.#first.has(code.path))];
    const row = (/** @type {SeenCode} */ code) => this.#code(code, branch, Number(places.get(code.path)));
    return h(
      "section",
      { class: `branch depth-${Math.min(branch.depth, 3)}`, "aria-labelledby": `${id}-title` },
      h("div", { class: "branch-head" }, h("h3", { id: `${id}-title` }, name), this.#dimension(branch, id, seen)),
      sorted.length > 0 && h("ul", { class: "codes" }, ...sorted.map(row)),
    );
  }

  /** @param {Branch} branch @param {string} id @param {Preview} seen */
  #dimension(branch, id, seen) {
    const said = this.choices.dimensions;
    const above = branch.path.split(" > ").slice(0, -1).join(" > ");
    const found = dimensionNamed(this.dimensions, seen.branches[branch.path]);
    const told = branch.path in said;
    const auto = above ? `as ${above.split(" > ").at(-1)}` : "codes by name alone";
    const label = `Dimension of ${branch.path || "the codes without a branch"}`;
    const options = [...(found && !told ? [] : [{ value: AUTO, text: auto }]), ...this.dimensions.map((d) => ({ value: d.id, text: d.label })), { value: "", text: "none of these" }];
    const onchoose = (/** @type {string} */ value) => this.#say(said, branch.path, value);
    const value = said[branch.path] ?? found?.id ?? AUTO;
    return h("span", { class: "becomes" }, h("span", { class: "becomes-what" }, told ? "you say" : found ? "by its name" : "dimension"), select({ id, label, value, options, said: told, onchoose }));
  }

  /** @param {SeenCode} code @param {Branch} branch @param {number} index */
  #code(code, branch, index) {
    const said = this.choices.codes;
    const id = `code-${index}`;
    const told = code.path in said;
    const homeless = isHomeless(code);
    const value = said[code.path] ?? code.target ?? AUTO;
    const known = this.targets.some((group) => group.options.some((option) => option.value === value)) || value === AUTO || value === "";
    const options = [...(told || code.target === null ? [{ value: AUTO, text: told ? "whatever its name says" : "stays behind" }] : []), { value: "", text: "leave it out" }, ...(known ? [] : [{ value, text: value }]), ...this.targets];
    const name = nameWithin(branch, code);
    return h(
      "li",
      { class: `code-row${homeless ? " is-homeless" : ""}` },
      h("span", { class: "code-name" }, name, h("small", {}, counted(code.codings, "coding"), homeless && `: ${code.why}`)),
      h("span", { class: "becomes" }, h("span", { class: "becomes-what" }, homeless ? "no place yet" : told ? "you say" : "by its name"), select({ id, label: `What ${name} becomes`, value, options, said: told, onchoose: (chosen) => this.#say(said, code.path, chosen) })),
    );
  }

  /** @param {Record<string, string>} said @param {string} path @param {string} value */
  #say(said, path, value) {
    if (value === AUTO) delete said[path];
    else said[path] = value;
    this.onchange();
  }
}

// Reads the codebook as the API sends it and answers questions about choices. No page, no network.

/** @typedef {import("./types.js").Codebook} Codebook */
/** @typedef {import("./types.js").Dimension} Dimension */
/** @typedef {import("./types.js").Code} Code */
/** @typedef {import("./types.js").Choices} Choices */

/**
 * Turn the full form into lists, retired codes left in (decisions of older versions name them).
 *
 * @param {any} raw
 * @returns {Codebook}
 */
export function read(raw) {
  const dimensions = Object.entries(raw.dimensions).map(([id, d]) => ({
    id,
    label: d.label ?? id,
    select: d.select ?? "many",
    required: d.required ?? true,
    codes: Object.entries(d.codes).map(([code, c]) => readCode(code, c)),
  }));
  return { name: raw.name, version: String(raw.version), dimensions };
}

/** @param {string} id @param {any} c @returns {Code} */
const readCode = (id, c) => ({
  id,
  label: c.label ?? id,
  definition: c.definition ?? "",
  include: c.include ?? [],
  exclude: c.exclude ?? [],
  examples: c.examples ?? [],
  parent: c.parent ?? {},
  retired: c.retired ?? false,
});

/** @param {Dimension} dimension */
export const active = (dimension) => dimension.codes.filter((code) => !code.retired);

/** @param {Dimension} dimension @param {string} code */
export const labelOf = (dimension, code) => dimension.codes.find(({ id }) => id === code)?.label ?? code;

/**
 * Choose a code, or take the choice back.
 *
 * @param {Dimension} dimension
 * @param {string[] | undefined} chosen
 * @param {string} code
 * @returns {string[] | undefined} undefined where nothing is chosen any more
 */
export function toggled(dimension, chosen = [], code) {
  if (chosen.includes(code)) {
    const rest = chosen.filter((c) => c !== code);
    return rest.length ? rest : undefined;
  }
  if (dimension.select === "one") return [code];
  return dimension.codes.map(({ id }) => id).filter((id) => id === code || chosen.includes(id));
}

/**
 * Required dimensions that still wait for an answer.
 *
 * @param {Dimension[]} dimensions those that apply
 * @param {Choices} choices
 */
export const unanswered = (dimensions, choices) => dimensions.filter((d) => d.required && !choices[d.id]);

/** @param {Code} code @param {Choices} choices do its parents stand among what is chosen? */
export const fits = (code, choices) =>
  Object.entries(code.parent).every(([dimension, parent]) => choices[dimension]?.includes(parent));

/** @param {Code} code @param {Choices} choices is a parent dimension answered otherwise? Undecided is no mismatch. */
export const mismatched = (code, choices) =>
  Object.entries(code.parent).some(([dimension, parent]) => choices[dimension] && !choices[dimension].includes(parent));

/**
 * The dimension's codes in two parts: those to show at once, and those behind "others". A long list whose
 * codes have parents shows what fits the choice, what is chosen and what is pencilled.
 *
 * @param {Dimension} dimension
 * @param {Choices} choices
 * @param {string[]} pencilled
 * @returns {{front: Code[], rest: Code[]}}
 */
export function arranged(dimension, choices, pencilled) {
  const codes = active(dimension);
  if (codes.length <= 9 || !codes.some((code) => Object.keys(code.parent).length)) return { front: codes, rest: [] };
  const stands = (/** @type {Code} */ code) =>
    choices[dimension.id]?.includes(code.id) || pencilled.includes(code.id) || fits(code, choices);
  return { front: codes.filter(stands), rest: codes.filter((code) => !stands(code)) };
}

/** @param {Choices} a @param {Choices} b */
export function same(a, b) {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((d) => a[d] && b[d] && a[d].length === b[d].length && a[d].every((c) => b[d].includes(c)));
}

/**
 * A coding in words: "Awareness · Facilitator", or "none applies".
 *
 * @param {Dimension[]} dimensions
 * @param {Choices} choices
 */
export function inWords(dimensions, choices) {
  const parts = dimensions
    .filter((d) => choices[d.id]?.length)
    .map((d) => choices[d.id].map((code) => labelOf(d, code)).join(" + "));
  return parts.length ? parts.join(" · ") : "none applies";
}

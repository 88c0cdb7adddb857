// Says in words why nothing is pencilled. Natural, never an error: each reason is part of the method.

/** @typedef {import("./types.js").Advice} Advice */
/** @typedef {import("./types.js").Suggestion} Suggestion */

const SENTENCES = {
  too_short: "Too short to say anything about.",
  unfamiliar: "Unlike anything coded so far, so nothing is pencilled.",
  uncertain: "Too close to call: the model was wrong too often where it was as unsure as here.",
  in_training_data: "The model has learned from this passage, so it stays out of your reading.",
  refused: "The model can't read this passage, so it offers nothing.",
};

const WITHHELD = {
  always: "Yours alone: some segments come without advice, so that its influence can be measured.",
  never: "This project codes without suggestions.",
};

/**
 * The calm sentence for a reason.
 *
 * @param {string} reason
 * @param {string} policy the project's advice setting
 * @param {boolean} decided whether the person has decided on the segment
 */
export function sentence(reason, policy, decided) {
  if (reason !== "withheld") return SENTENCES[reason] ?? "No suggestion here.";
  if (policy === "after_own_choice") return decided ? WITHHELD.always : "Your own choice first; the pencil waits.";
  return WITHHELD[policy] ?? WITHHELD.always;
}

/**
 * The one reason of all dimensions, if they share it: then it is said once, on top.
 *
 * @param {Suggestion} suggestion
 */
export function sharedReason(suggestion) {
  const reasons = new Set(suggestion.dimensions.map((d) => (d.abstained ? d.reason : null)));
  return reasons.size === 1 ? [...reasons][0] : null;
}

/** @param {Suggestion | null | undefined} suggestion does it show the person anything of the model's opinion? */
export const isTelling = (suggestion) =>
  !!suggestion && suggestion.dimensions.some((d) => d.candidates.length || !d.abstained);

/** @param {Suggestion | null | undefined} suggestion @param {string} dimension @returns {Advice | undefined} */
export const adviceOn = (suggestion, dimension) => suggestion?.dimensions.find((d) => d.dimension === dimension);

/**
 * The words to underline in the text: in each dimension the three that spoke most for what leads.
 *
 * @param {Suggestion | null} suggestion
 */
export const leadingWords = (suggestion) =>
  (suggestion?.dimensions ?? []).flatMap((d) => d.words.filter(({ weight }) => weight > 0).slice(0, 3).map(({ text }) => text));

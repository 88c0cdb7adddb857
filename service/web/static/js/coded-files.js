// What the pages know of coded files: their suffixes, and what was said of one. No page, no network.

/** Ends of names that stand for nothing but coded material. */
const READ = [".qdpx", ".qdc", ".sqlite3", ".sqlite", ".db", ".rqda", ".qda", ".jsonl", ".parquet"];

/** Those that only their own tool can read. */
const UNREADABLE = [
  ...[".nvp", ".nvpx", ".atlproj", ".atlproj23", ".hpr7", ".dedoose"],
  ...[".mx24", ".mx22", ".mx20", ".mx18", ".mx12", ".mex", ".mex22", ".mex24"],
];

/** Those that may hold coded material, or something else. */
const PERHAPS = [".csv", ".tsv", ".xlsx", ".docx", ".html"];

const TABLES = [".csv", ".tsv", ".xlsx"];

/** What coded files can be chosen, as a file dialog takes it. */
export const ACCEPT = [...READ, ...PERHAPS].join(",");

/** @param {string} name */
const suffix = (name) => name.slice(name.lastIndexOf(".")).toLowerCase();

/** @param {{name: string}} file is it surely no transcript? */
export const isCoded = (file) => [...READ, ...UNREADABLE].includes(suffix(file.name));

/** @param {{name: string}} file could its codes make a codebook? */
export const hasCodes = (file) => ACCEPT.split(",").includes(suffix(file.name));

/** @param {{name: string}} file does it have columns? */
export const isTable = (file) => TABLES.includes(suffix(file.name));

/**
 * What a person says of a file; what they leave open is matched by name.
 *
 * @typedef {{dimensions: Record<string, string>, codes: Record<string, string>, coders: Record<string, string>,
 *   columns: Record<string, string>, unselected: string | null, coded_by: string, interviewers: string[],
 *   queued: boolean}} Choices
 *
 * @typedef {{path: string, description: string, codings: number, branch: string | null, dimension: string | null,
 *   target: string | null, why: string}} SeenCode
 * @typedef {{what: string, why: string, count: number}} Left
 * @typedef {{file: string, tool: string, codings: number, selections: number | null, aligned: number | null,
 *   counted_in: string, columns: Record<string, string>, titles: string[], left: Left[], notes: string[],
 *   documents: {document_id: string, characters: number, codings: number, participant_id: string | null}[],
 *   coders: {name: string, codings: number, machine: boolean}[], codes: SeenCode[],
 *   branches: Record<string, string>, asks: string[]}} Preview
 */

/** @returns {Choices} nothing said yet */
export const unsaid = () => ({ dimensions: {}, codes: {}, coders: {}, columns: {}, unselected: null, coded_by: "", interviewers: [], queued: true });

/** Between the names of a path. */
const STEP = " > ";

/** @param {string} path */
const parts = (path) => path.split(STEP);

/** A branch of the tree: a code with codes below it, or the codes at the top that have none ("").
 * @typedef {{path: string, name: string, depth: number, codes: SeenCode[]}} Branch */

/**
 * The tree of codes as branches, in the file's order; each has the codes that stand right in it and none below them.
 * A code that has codes below it and was given by itself stands among its own branch's.
 *
 * @param {SeenCode[]} codes
 * @returns {Branch[]}
 */
export function branchesOf(codes) {
  const above = new Set(codes.flatMap(({ path }) => parts(path).slice(0, -1).map((_, n) => parts(path).slice(0, n + 1).join(STEP))));
  /** @type {Map<string, Branch>} */
  const found = new Map();
  const branch = (/** @type {string} */ path) => {
    if (!found.has(path)) found.set(path, { path, name: parts(path).at(-1) ?? "", depth: path ? parts(path).length - 1 : 0, codes: [] });
    return /** @type {Branch} */ (found.get(path));
  };
  for (const code of codes) {
    const steps = parts(code.path);
    for (let depth = 1; depth < steps.length; depth += 1) branch(steps.slice(0, depth).join(STEP));
    if (!above.has(code.path)) branch(steps.slice(0, -1).join(STEP)).codes.push(code);
    else if (code.codings > 0) branch(code.path).codes.push(code);
  }
  return inOrder([...found.values()]);
}

/** Each branch right before those within it. @param {Branch[]} branches */
function inOrder(branches) {
  const within = (/** @type {string} */ path, /** @type {number} */ depth) =>
    branches
      .filter((b) => b.path && b.depth === depth && (!path || b.path.startsWith(path + STEP)))
      .flatMap((b) => [b, ...within(b.path, depth + 1)]);
  return [...branches.filter((b) => !b.path), ...within("", 0)];
}

/** @param {SeenCode} code was it given, and is it none of the codebook's? */
export const isHomeless = (code) => code.codings > 0 && code.target === null && code.why !== "to be left out";

/** A code's name within its branch; a branch may be a code, too. @param {Branch} branch @param {SeenCode} code */
export const nameWithin = ({ path, name }, code) => (code.path === path ? `${name} itself` : code.path.slice(path ? path.length + STEP.length : 0));

/** @param {string} name as names are compared */
const plain = (name) => name.replaceAll("_", " ").toLowerCase().split(/\s+/).filter(Boolean).join(" ");

/**
 * The dimension that a name stands for, if any.
 *
 * @param {import("./types.js").Dimension[]} dimensions
 * @param {string | undefined} name
 */
export const dimensionNamed = (dimensions, name) =>
  name === undefined ? undefined : dimensions.find((d) => plain(d.id) === plain(name) || plain(d.label) === plain(name));

/**
 * The shapes that travel between the pages and the REST API.
 *
 * @typedef {{id: string, label: string, definition: string, include: string[], exclude: string[],
 *   examples: string[], parent: Record<string, string>, retired: boolean}} Code
 * @typedef {{id: string, label: string, select: "one" | "many", required: boolean, codes: Code[]}} Dimension
 * @typedef {{name: string, version: string, dimensions: Dimension[]}} Codebook
 *
 * @typedef {{segment_id: string, document_id: string, position: number, start: number | null, end: number | null,
 *   text: string, speaker: string, role: string, dimensions: string[], needs: number, open: boolean,
 *   own: Own | null, own_adjudication: Own | null, decided_by_others: boolean, codings?: Coding[],
 *   final?: Record<string, string[] | null>, differs?: string[], imported?: Elsewhere[]}} Segment
 * @typedef {{coder: string, own: boolean, dimension: string, codes: string[], tool: string}} Elsewhere  coded by
 *   someone in another tool; no decision
 * @typedef {{codes: Choices, memo?: string, decided_at?: string, advice?: string}} Own
 * @typedef {{person: string, codes: Choices, memo: string, adjudication: boolean, decided_at: string}} Coding
 *
 * @typedef {Record<string, string[]>} Choices  codes by dimension; [] is "none applies", absent is undecided
 * @typedef {{codes: Choices, memo: string}} Draft  what a person has chosen and not yet confirmed
 *
 * @typedef {{code: string, label: string, probability: number, in_candidate_set: boolean}} Candidate
 * @typedef {{dimension: string, suggested: string[], best: string[], abstained: boolean, reason: string | null,
 *   candidates: Candidate[], words: {text: string, weight: number}[], evidence: Excerpt[]}} Advice
 * @typedef {{text: string | null, document_id: string | null, codes: string[], similarity: number,
 *   origin: string, same_participant?: boolean}} Excerpt
 * @typedef {{suggestion_id: string, segment_id: string, model_id: string, dimensions: Advice[]}} Suggestion
 */

export {};

"""The shape in which a suggestion is told to the outside, over REST and on the command line."""

from typing import Any

from service.domain.suggestion import STATUS, Advice, Evidence, Suggestion


def suggestion_body(said: Suggestion) -> dict[str, Any]:
    """Return a suggestion as JSON-ready values, without the ids that only stored ones have."""
    return {"status": STATUS, "model_id": said.model_id, "dimensions": [_advice(a) for a in said.dimensions]}


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "dimension": advice.dimension,
        "suggested": list(advice.suggested),
        "best": list(advice.best),
        "abstained": advice.abstained,
        "reason": advice.reason,
        "candidates": [
            {
                "code": c.code,
                "label": c.label,
                "probability": round(c.probability, 6),
                "in_candidate_set": c.in_candidate_set,
            }
            for c in advice.candidates
        ],
        "words": [{"text": word.text, "weight": round(word.weight, 4)} for word in advice.words],
        "evidence": [_evidence(e) for e in advice.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    """Return an excerpt; what the reader may not have is null."""
    return {
        "text": evidence.text or None,
        "document_id": evidence.document_id or None,
        "codes": list(evidence.codes),
        "similarity": round(evidence.similarity, 4),
        "origin": evidence.origin,
        "same_participant": evidence.same_participant,
    }

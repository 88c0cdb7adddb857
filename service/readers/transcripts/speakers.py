"""What a speaker's name looks like, and which names say who asks."""

import re
import unicodedata
from collections.abc import Collection, Mapping

from service.domain.transcript import Role
from service.readers.transcripts.lines import word_set

ASKING = word_set(
    "interviewer interviewers interviewing moderator moderators moderatorin researcher researchers intv int inv mod "
    "investigator interviewerin intervieweur intervieweuse intervieweurs enquêteur enquêtrice enqueteur enquetrice "
    "chercheur chercheuse modérateur modératrice moderateur moderatrice entrevistador entrevistadora moderador "
    "moderadora investigador investigadora intervistatore intervistatrice interviewador forscher forscherin"
)
#: Words that mean the one who asks only where nobody else is called so.
PERHAPS_ASKING = word_set("host facilitator facilitators animateur animatrice facilitateur facilitatrice")
ANSWERING = word_set(
    "participant participants interviewee interviewees respondent respondents informant informants narrator guest "
    "participante participantes interviewé interviewée répondant répondante entrevistado entrevistada befragte "
    "befragter teilnehmer teilnehmerin intervistato intervistata"
)
_OTHERS = word_set(
    "speaker spk client clients therapist counsellor counselor patient doctor nurse teacher student students child "
    "mother father parent observer translator interpreter audience group everyone all unknown unidentified man "
    "woman male female voice notetaker narrator operator caller sprecher locuteur locutrice hablante inconnu both "
    "multiple question answer taker"
)
ROLE_WORDS = ASKING | PERHAPS_ASKING | ANSWERING | _OTHERS

#: Beginnings of ordinary sentences, of lists and of notes: never a speaker, however often they stand before a colon.
_OPENERS = word_set(
    "note notes nb ps n.b p.s example examples warning important remember so and but because yes no yeah yep nope "
    "ok okay well like then now first firstly second secondly third thirdly fourth finally also plus however "
    "therefore conclusion summary result results problem problems solution reason reasons point points one two "
    "three four five basically meaning namely update edit source http https ftp mailto re fw fwd subject today "
    "tomorrow yesterday chapter section part step item topic title date time place location venue rule tip number "
    "episode scene act figure table appendix reference references hello hi hey thanks thank right great sure "
    "welcome good oh ah um uh er mm hmm mhm listen look see wait anyway again maybe perhaps actually honestly "
    "literally obviously especially specifically another other others next last lastly sometimes always never only "
    "just still even overall background context setting duration length language project study file filename audio "
    "recording transcript transcription attention caution disclaimer spoiler translation footnote todo aim goal "
    "objective purpose monday tuesday wednesday thursday friday saturday sunday january february march april june "
    "july august september october november december interview interviews end begin start"
)
_FUNCTION_WORDS = word_set(
    "the is are was were my your his their our it's that's this that these those it we you they he she there here "
    "what who whom which when where why how if with for from about not don't didn't can't would could should has "
    "have had do does did being been be to at on in or as by"
)
_PARTICLES = word_set("de del della der den di da do dos das du la le les van von zu zur al el bin ibn ben y e")
_LINKS = word_set("and et und y of & + the no no.")
_CONTRACTION = re.compile(r"['’](?:s|m|re|ll|ve|d|t)$", re.IGNORECASE)
_PAREN = re.compile(r"\s*[(\[][^()\[\]]{0,30}[)\]]\s*")
_FORBIDDEN = re.compile(r"[?!;\"“”„«»=<>@\\…|*%$€{}]")
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LETTER = re.compile(r"^[A-Za-z]\.?$")
_NUMBERED = re.compile(r"^[^\W\d_]{1,14}[\s_.\-#]*\d{1,4}[A-Za-z]?$")
_ASKING_CODE = re.compile(r"^(?:I|Q|INT|IV|INV|INTV|MOD)\.?[\s_\-]*\d{0,2}$", re.IGNORECASE)
_PERHAPS_CODE = re.compile(r"^[MR]\.?[\s_\-]*\d{0,2}$")
_ANSWERING_CODE = re.compile(r"^(?:P|PT|PART|TN|B)\.?[\s_\-]*\d{0,4}$", re.IGNORECASE)


def key(name: str) -> str:
    """Return a name as it is compared: case, spaces and a closing full stop make no difference."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split()).rstrip(".")


def words(name: str) -> list[str]:
    """Return a name's words in lower case, without numbers and signs."""
    return [word.casefold() for word in _WORDS.findall(name)]


def is_role(name: str) -> bool:
    """Say whether a name is a role such as Interviewer, PARTICIPANT 3, Speaker 1 or Unidentified woman."""
    found = words(name.replace("_", " "))
    return bool(found) and len(found) <= 4 and any(word in ROLE_WORDS for word in found) and not _sentence_like(name)


def is_letter(name: str) -> bool:
    """Say whether a name is one letter, as in `I:` and `P:`."""
    return _LETTER.match(name) is not None


def is_numbered(name: str) -> bool:
    """Say whether a name is a word or letters with a number: P07, Speaker 1, SPEAKER_00."""
    return _NUMBERED.match(name) is not None


def could_be_name(name: str) -> bool:
    """Say whether a text could name a speaker where everything else speaks for it: short and no sentence."""
    if not 0 < len(name) <= 60 or _FORBIDDEN.search(name) or len(name.split()) > 6:
        return False
    if any(name.count(opening) != name.count(closing) for opening, closing in ("()", "[]")):
        return False
    return any(c.isalpha() for c in name) and not _opener(name) and not re.search(r"[.,]\s.*[.,]", name)


def is_name(name: str) -> bool:
    """Say whether a text has the shape of a speaker's name: one to four words, capitalised, or a role."""
    if len(name) > 40 or not could_be_name(name) or name.count(",") > 1:
        return False
    bare = _PAREN.sub(" ", name).strip() or name
    parts = [part for part in re.split(r"[\s/]+", bare) if part]
    if is_role(bare):
        return len(parts) <= 4 and not _sentence_like(bare)
    counted = [part for part in parts if part.casefold() not in _PARTICLES | _LINKS and not part.isdigit()]
    return 1 <= len(counted) <= 4 and not _sentence_like(bare) and _capital(parts[0]) and all(map(_name_word, parts))


def _opener(name: str) -> bool:
    first = re.split(r"[\s,]+", name.casefold().strip(" .'’-"))[0]
    return first in _OPENERS and not (is_numbered(name) and first in ROLE_WORDS)


def _sentence_like(name: str) -> bool:
    return any(
        word.casefold() in _FUNCTION_WORDS or (_CONTRACTION.search(word) and len(word) > 2) for word in name.split()
    )


def _capital(word: str) -> bool:
    """Say whether a word begins with a capital, a figure, or a letter of a script without capitals."""
    first = word.lstrip("'’([-.")[:1]
    return bool(first) and (not first.isalpha() or first.isupper() or first.istitle() or first.lower() == first.upper())


def _name_word(word: str) -> bool:
    if word.endswith(".") and len(word) > 5:
        return False
    return word.casefold() in _PARTICLES | _LINKS or _capital(word) or word.casefold() in ROLE_WORDS


def initials(name: str) -> str:
    """Return the capital letters that a name's words begin with."""
    return "".join(part[0] for part in name.replace("-", " ").split() if part[0].isupper())


def matches(speaker: str, person: str) -> bool:
    """Say whether a speaker is the person a header names: the same name, a part of it, or its initials."""
    if key(speaker) == key(person):
        return True
    short, full = words(_PAREN.sub(" ", speaker)), words(person)
    if short and set(short) <= set(full) and any(len(word) > 1 for word in short):
        return True
    return len(speaker) >= 2 and speaker.replace(".", "") == initials(person)


def roles(speakers: Collection[str], named: Collection[str], introduced: Collection[str]) -> Mapping[str, Role]:
    """Say who asks and who answers.

    Args:
        speakers: the names in the transcript, "" among them where someone is unnamed.
        named: who a person says is an interviewer; with these the header is not asked.
        introduced: who the file's header names as an interviewer.
    """
    known = [speaker for speaker in dict.fromkeys(speakers) if speaker]
    asking = {speaker for speaker in known if asks(speaker)}
    if named:
        wanted = {key(name) for name in named}
        asking |= {speaker for speaker in known if key(speaker) in wanted}
    else:
        asking |= {speaker for speaker in known if any(matches(speaker, person) for person in introduced)}
    asking = asking or _perhaps(known)
    if not asking or (len(asking) == len(known) and not named and "" not in speakers):
        return {}
    return {speaker: "interviewer" if speaker in asking else "participant" for speaker in known}


def asks(speaker: str) -> bool:
    """Say whether a name by itself is that of someone who asks."""
    found = set(words(speaker.replace("_", " ")))
    return bool(found & ASKING and not found & ANSWERING) or key(speaker) == "question" or _is_code(speaker)


def _is_code(speaker: str) -> bool:
    return _ASKING_CODE.match(speaker) is not None


def _perhaps(known: list[str]) -> set[str]:
    by_word = {speaker for speaker in known if set(words(speaker)) & PERHAPS_ASKING}
    answering = any(set(words(s)) & ANSWERING or _ANSWERING_CODE.match(s) for s in known)
    by_code = {speaker for speaker in known if answering and _PERHAPS_CODE.match(speaker)}
    found = by_word or by_code
    return found if len(found) < len(known) else set()

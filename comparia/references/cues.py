"""Words by which people ask, judge, promise, agree and lead a meeting, in French and in English: what suggestion listens for."""

from __future__ import annotations

import re


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\w'])(?:" + "|".join(patterns) + r")(?!\w)")


ASKS = {
    "fr": _words(
        r"veu[xt]|veulent|voulons|voudr\w+|demand\w+|propos\w+|préf[éè]r\w+|souhait\w+|aimer\w+|refus\w+|réclam\w+|exig\w+",
        r"soutien\w*|soutenons|défend\w*|vote|suggèr\w+|faut|faudra\w*|doi(?:t|vent)|devr\w+|besoin|priorité|plutôt|au lieu",
        r"attention|pourquoi (?:pas|on|ne)|et si on|ce serait|faites|faisons|soyons|mettons",
        r"(?:mett|gard|laiss|arrêt|commenc|évit|ouvr|pens|touch|prévoy|donn|ajout|not|parl|écout)(?:ez|ons)",
    ),
    "en": _words(
        r"(?:want|need|ask|propose|suggest|prefer|support|back|oppose|refuse|demand|urge|call for|recommend)s?|(?:i|we)'d",
        r"(?:i|we) would (?:really |just )?(?:like|rather|love)|should(?:n't)?|must(?:n't)?|ought|has to|have to|had better",
        r"let's|let us|why (?:not|don't)|please|make it|keep|build|stop|don't|rather|instead|scrap",
    ),
}
"""Wants, asks, proposes, refuses: weighs most."""
JUDGES = {
    "fr": _words(
        r"contre|pour aussi|favorables?|oppos\w+|d'accord|pense|trouve|crois|crain\w+|regrett\w+|doute|à mon avis|selon moi",
        r"pour moi|inqui[eéè]\w+|peur|danger\w*|risqu\w+|problèmes?|dommage|scandal\w+|absurde|aberra\w+|inutile|impossible",
        r"injuste|déloyale?|honte|trop|assez|jamais|sert à rien|pas|personne|mais|sauf|sinon|du moment|non|oui|parce que?",
        r"puisque?|car|donc|mieux|pire|énorme",
    ),
    "en": _words(
        r"against|oppos\w+|in favou?r|agree\w*|disagree\w*|think|believe|feel|fear\w*|doubt|mind|accept|in my (?:view|opinion)",
        r"worr\w+|afraid|danger\w*|risk\w*|problems?|shame|scandal\w*|useless|impossible|unfair|wrong|dies?|los[et]|ruin\w*",
        r"too|enough|never|nobody|no one|nothing|not|\w+n't|cannot|no|yes|but|unless|except|otherwise|without|because|so",
        r"better|worse",
    ),
}
"""Approves, opposes, fears, gives a reason or a condition."""
COMMITS = {
    "fr": _words(
        r"(?:nous|on) (?:allons|va|s'engage\w*|lance\w*|garde|refait|plante|crée|passe)|engag\w+|ser(?:a|ont)|aur(?:a|ont)|fera",
        r"commencera|ouvrira|prévue?s?|votée?s?|décid\w+|inscrit|budget\w*|subventions?|coûte\w*|surcoût|estim\w+|délibération",
        r"calendrier|obligation|réuni\w*",
    ),
    "en": _words(
        r"\w+'ll|will|plan(?:s|ned)?|proposals?|decided|voted|budget\w*|grants?|costs?|saving|estimated|promis\w+|commit\w*",
        r"deadline",
    ),
}
"""Decides, plans, promises, costs."""
MEETING = {
    "fr": _words(
        r"bonsoir|bonjour|bonne (?:soirée|journée)|au revoir|merci|pardon|excusez-moi|m'entend\w*|entend bien|micro|le chat",
        r"visio|la parole|dire un mot|je peux (?:parler|y aller)|lev\w+ la main|main levée|prénom|tour de table|compte rendu",
        r"c'est noté|je m'appelle|en retard",
    ),
    "en": _words(
        r"good (?:evening|morning|afternoon|night)|hello|hi|evening all|thank you|thanks|sorry|excuse me|bye|lovely|unmute|mute",
        r"hear (?:me|you)|microphone|screen|in the chat|the floor|hand up|say something|come in|a word in|one thing|minutes",
        r"noted|my name is|i'm back|read out|my break|typing",
    ),
}
"""Greets, thanks, asks for the floor, speaks of the meeting itself."""
AGREES = {
    "fr": _words(
        r"(?<!pas )d'accord avec|(?:suis|moi) d'accord|pareil|exactement|voilà|(?:moi|nous|pour) aussi|a raison|rejoins|idem",
        r"tout à fait|je signe|plus un|\+1|la même chose",
    ),
    "en": _words(
        r"(?<!n't )(?<!not )agreed?|same (?:here|from|for)|me too|exactly|plus one|\+1|i'm with|(?:i'd|i) support|is right",
        r"(?:he|she|they)(?:'s|'re| are) right|hear hear|yes to|so do i",
    ),
}
"""Takes up what somebody has just said."""
COUNTERS = {
    "fr": _words(r"non|pas d'accord|au contraire|c'est faux|mais|sauf que|pardon|attention"),
    "en": _words(r"no|nope|disagree|don't agree|on the contrary|not true|but|sorry|hang on"),
}
"""Replies to what somebody has just said, and not to agree."""
NEGATES = {
    "fr": _words(r"pas|jamais|aucune?|rien|sans|plus (?:de|personne)|contre|refus\w+|oppos\w+|non|ni"),
    "en": _words(r"not|\w+n't|never|no|nobody|nothing|none|without|against|oppos\w+|refus\w+|cannot"),
}
APPROVES = {
    "fr": _words(
        r"(?:je|on|nous|moi)(?: \w+)? (?:suis|est|sommes)(?: \w+)? (?:pour|favorables?|d'accord)|pour aussi|je soutiens|oui",
        r"favorable",
    ),
    "en": _words(r"(?:i'm|i am|we're|we are)(?: \w+)? (?:for|with|in favou?r)|i(?:'d)? support|i agree|yes"),
}
OPPOSES = {
    "fr": _words(
        r"(?<!pas )contre|(?:suis|est|sommes) pas (?:pour|d'accord)|oppos\w+|je refuse|(?:je|on) (?:\w+ )?(?:veux|veut) pas",
        r"non",
    ),
    "en": _words(r"against|opposed|(?:i|we) (?:don't|do not|disagree|refuse|oppose)\w*|no"),
}
VAGUE = {
    "fr": _words(
        r"tout\w*|tous|plus|moins|aussi|encore|chose\w*|gens|faire|dire|voir|après|avant|toujours|même\w*|aujourd|comme|quand",
        r"déjà|autre\w*|quelqu\w*|heures?|minutes?|euros?|mètres?|parl\w+|habit\w+|devant|marqué\w*|vraie?|donn\w+|mettre",
        r"serai\w*|dirai|cours|vais|côté|seule?s?|juste|peut|peux|sais|compris|celui|part\w*|monde|petite?s?|grande?s?|façon",
        r"vraiment|jusqu\w*|depuis|pendant|puis|monsieur|madame|vois|être|avoir|sera|fois|avez|suis|coup|reste|fait\w*|parce",
        r"accord|peu|bon\w*|dessus|dessous|vien\w+|jours?|souvent|ainsi|surtout|entend\w*|image",
    ),
    "en": _words(
        r"thing\w*|people|about|like|know|time|come|some\w*|other\w*|only|even|again|going|back|really|actually|still|down|over",
        r"much|many|more|most|less|very|always|ever|each|every\w*|half|another|after|before|until|till|around|through|same|take",
        r"make|made|said|says?|saying|tell|told|out|get|got|put|all|own|past|see|lot|can|let|find|write|new|next|last|hours?",
        r"minutes?|pounds?|off|under|two|live|look\w*|sure|good|fine|year\w*|month\w*|week\w*",
    ),
}
"""Says nothing of the subject."""
FIRST_PERSON = {"fr": _words(r"je|j'\w+|moi"), "en": _words(r"i|i'\w+|me|my")}
CONCLUDES = {
    "fr": re.compile(r"donc |alors moi|du coup|moi |nous |en résumé"),
    "en": re.compile(r"so |therefore|i'd |my "),
}
LEANS = {
    "fr": re.compile(r"(?:ils?|elles?|lui|ça|cela|c'est|c'était|parce|et|que|qui)\b"),
    "en": re.compile(r"(?:it|it's|that|that's|they|he|she|this|which|because|and|or)\b"),
}
"""Begins with a word that points back to what was said before."""
CONTACT = re.compile(r"\S+@\S+|(?:\+?\d[\s.]?){8,}|\d{5}\s\d{6}")
"""An address or a telephone number, which has no place in a list that is sent out."""
FILLER = {
    "fr": re.compile(
        r"(?:\[[^\]]*\]|alors|donc|bon|ben|bah|euh|enfin|voilà|ouais|ah|oh|eh bé|hein|et|mais|parce qu['e]?|du coup|écoutez"
        r"|attendez|justement)(?:\s*[,.!…]+\s*|\s+)",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"(?:\[[^\]]*\]|so|well|um|uh|er|yeah|okay|ok|right|and|but|like|oh|ah|i mean|you know|because)(?:\s*[,.!…]+\s*|\s+)",
        re.IGNORECASE,
    ),
}
DANGLING = {
    "fr": re.compile(r"[\s,;]+(?:et|mais|donc|ou|parce que?|alors|puis|que|qui)[\s,;….]*$", re.IGNORECASE),
    "en": re.compile(r"[\s,;]+(?:and|but|so|or|because|then|which|that)[\s,;….]*$", re.IGNORECASE),
}
HESITATION = re.compile(r",?\s*\b(?:euh|um|uh|er|hum)\b\s*,?", re.IGNORECASE)
STAMMER = re.compile(r"\b([\w'’]+(?: [\w'’]+)?),? \1\b", re.IGNORECASE)

"""Tables in Markdown, and figures beside what was promised."""


def markdown(head, rows, texts=1):
    """The first `texts` columns hold words, the others figures."""
    rule = ["---"] * texts + ["---:"] * (len(head) - texts)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def against(value, target):
    """"0.84 (0.88)"; bold when it is over the target; no target: the value alone."""
    if target is None:
        return f"{value:.2f}"
    text = f"{value:.2f} ({target:.2f})"
    return text if value <= target else f"**{text}**"


def at_least(value, target):
    """"0.84 (0.80)"; bold when it is under the target."""
    text = f"{value:.2f} ({target:.2f})"
    return text if value >= target else f"**{text}**"

# SPDX-License-Identifier: Apache-2.0
"""Prices computed again, with fractions: the other side of the relay's integers."""

from fractions import Fraction

from .relay import PRICES


def nano_usd(model: str, entry: dict, factor: str = "1") -> int:
    """What one request of the simulated provider's log costs, in nano-dollars, rounded once, half to even."""
    rates = {name: Fraction(rate) for name, rate in PRICES[model].items()}
    prompt = entry["prompt_tokens"] or 0
    cached = entry["cached_tokens"] or 0
    output = entry["completion_tokens"] or 0
    reasoning = entry["reasoning_tokens"] or 0
    dollars = (
        (prompt - cached) * rates["input"]
        + cached * rates.get("cached_input", rates["input"])
        + (output - reasoning) * rates["output"]
        + reasoning * rates.get("reasoning", rates["output"])
    ) / 1_000_000
    return round(dollars * Fraction(factor) * 1_000_000_000)


def tokens(row: dict) -> tuple:
    """The tokens of a ledger row in the order of `logged_tokens`."""
    return (row["input_tokens"], row["cached_input_tokens"], row["output_tokens"], row["reasoning_tokens"])


def logged_tokens(entry: dict) -> tuple:
    return (
        entry["prompt_tokens"],
        entry["cached_tokens"],
        entry["completion_tokens"],
        entry["reasoning_tokens"],
    )

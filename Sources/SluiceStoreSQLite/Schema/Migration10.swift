// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// What providers bill apart from plain tokens, by which card it was charged, and what was corrected afterwards.
    ///
    /// Entries and prices from before stay as they are: without all of it.
    static let migration10 = """
        -- Counts by the names of their kinds; with them the tokens counted twice.
        ALTER TABLE ledger ADD COLUMN parts TEXT CHECK (parts IS NULL OR json_valid(parts));
        -- The service tier, speed and place by which the answer says it was served: names with spaces between them.
        ALTER TABLE ledger ADD COLUMN served_as TEXT;
        ALTER TABLE ledger ADD COLUMN provider_cost INTEGER;
        ALTER TABLE ledger ADD COLUMN card INTEGER;
        ALTER TABLE ledger ADD COLUMN priced_as TEXT;
        CREATE INDEX ledger_with_parts ON ledger (started_at) WHERE parts IS NOT NULL;

        -- Where it is there, it holds all that the card asks; cards from before have theirs in price_rates.
        ALTER TABLE price ADD COLUMN terms TEXT CHECK (terms IS NULL OR json_valid(terms));

        CREATE TABLE kept_card (
            number INTEGER PRIMARY KEY,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            effective_from INTEGER NOT NULL,
            factor INTEGER NOT NULL,
            terms TEXT NOT NULL CHECK (json_valid(terms)),
            owner TEXT NOT NULL CHECK (owner IN ('file', 'api')),
            kept_at INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER kept_card_no_update BEFORE UPDATE ON kept_card
            BEGIN SELECT RAISE(ABORT, 'what was charged by is kept as it was'); END;
        CREATE TRIGGER kept_card_no_delete BEFORE DELETE ON kept_card
            BEGIN SELECT RAISE(ABORT, 'what was charged by is kept as it was'); END;

        CREATE TABLE ledger_correction (
            ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
            of_request BLOB NOT NULL CHECK (length(of_request) = 16),
            of_attempt INTEGER NOT NULL,
            corrected_at INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            actor TEXT NOT NULL,
            reason TEXT NOT NULL,
            FOREIGN KEY (of_request, of_attempt) REFERENCES ledger (request, attempt)
        ) STRICT;
        CREATE INDEX ledger_correction_by_attempt ON ledger_correction (of_request, of_attempt);
        CREATE TRIGGER ledger_correction_no_update BEFORE UPDATE ON ledger_correction
            BEGIN SELECT RAISE(ABORT, 'corrections are append-only'); END;
        CREATE TRIGGER ledger_correction_no_delete BEFORE DELETE ON ledger_correction
            BEGIN SELECT RAISE(ABORT, 'corrections are append-only'); END;
        """
}

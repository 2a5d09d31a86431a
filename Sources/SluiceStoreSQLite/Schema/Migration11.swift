// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// What requests under budgets are charged, and corrections of that.
    static let migration11 = """
        CREATE TABLE charge (
            request BLOB PRIMARY KEY CHECK (length(request) = 16),
            node TEXT NOT NULL,
            at INTEGER NOT NULL,
            amount INTEGER NOT NULL CHECK (amount >= 0),
            is_settled INTEGER NOT NULL CHECK (is_settled IN (0, 1)),
            key_id TEXT,
            route TEXT,
            version TEXT,
            model TEXT,
            tags TEXT,
            end_user TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX charge_at ON charge (at);
        CREATE INDEX charge_key ON charge (key_id, at);
        CREATE INDEX charge_open ON charge (node, at) WHERE is_settled = 0;
        CREATE TRIGGER charge_settled BEFORE UPDATE ON charge WHEN OLD.is_settled = 1
            BEGIN SELECT RAISE(ABORT, 'a settled charge is never changed'); END;
        CREATE TRIGGER charge_kept BEFORE DELETE ON charge
            BEGIN SELECT RAISE(ABORT, 'a charge is never removed'); END;

        CREATE TABLE budget_adjustment (
            ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
            budget TEXT NOT NULL,
            at INTEGER NOT NULL,
            amount INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX budget_adjustment_budget ON budget_adjustment (budget, at);
        CREATE TRIGGER budget_adjustment_fixed BEFORE UPDATE ON budget_adjustment
            BEGIN SELECT RAISE(ABORT, 'an adjustment is never changed'); END;
        CREATE TRIGGER budget_adjustment_kept BEFORE DELETE ON budget_adjustment
            BEGIN SELECT RAISE(ABORT, 'an adjustment is never removed'); END;
        """
}

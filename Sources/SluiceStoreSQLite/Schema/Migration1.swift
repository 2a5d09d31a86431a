// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// The first schema.
    ///
    /// Moments are nanoseconds since 1970, amounts nano-dollars, configs JSON text.
    static let migration1 = """
        CREATE TABLE revision (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            value INTEGER NOT NULL CHECK (value >= 0)
        ) STRICT;
        INSERT INTO revision (id, value) VALUES (1, 0);

        CREATE TABLE version (
            ordinal INTEGER PRIMARY KEY,
            version_id TEXT NOT NULL UNIQUE CHECK (length(version_id) BETWEEN 1 AND 128),
            route TEXT NOT NULL,
            provider TEXT NOT NULL,
            api_version TEXT NOT NULL,
            config TEXT NOT NULL,
            config_hash TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            owner TEXT NOT NULL CHECK (owner IN ('file', 'api'))
        ) STRICT;

        CREATE TABLE release (
            version_id TEXT NOT NULL CHECK (length(version_id) BETWEEN 1 AND 128),
            owner TEXT NOT NULL CHECK (owner IN ('file', 'api')),
            state TEXT NOT NULL
                CHECK (state IN ('staging', 'canary', 'production', 'deprecated', 'rollback')),
            weight INTEGER NOT NULL CHECK (weight BETWEEN 0 AND 10000),
            buckets TEXT NOT NULL,
            error_rate REAL,
            p99_latency_ms REAL,
            p99_first_token_ms REAL,
            cost_spike_ratio REAL,
            deployed_at INTEGER,
            changed_at INTEGER NOT NULL,
            PRIMARY KEY (owner, version_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE caller_key (
            ordinal INTEGER PRIMARY KEY,
            key_id TEXT NOT NULL UNIQUE CHECK (length(key_id) BETWEEN 1 AND 128),
            name TEXT NOT NULL,
            team TEXT,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            created_at INTEGER NOT NULL,
            valid_until INTEGER,
            revoked_at INTEGER,
            replaced_by TEXT,
            owner TEXT NOT NULL CHECK (owner IN ('file', 'api'))
        ) STRICT;

        CREATE TABLE price (
            ordinal INTEGER PRIMARY KEY,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            effective_from INTEGER NOT NULL,
            per_request INTEGER NOT NULL,
            owner TEXT NOT NULL CHECK (owner IN ('file', 'api')),
            UNIQUE (provider, model, effective_from)
        ) STRICT;

        -- Place 0 holds the base rates, without a threshold; the tiers follow.
        CREATE TABLE price_rates (
            price INTEGER NOT NULL REFERENCES price (ordinal) ON DELETE CASCADE,
            place INTEGER NOT NULL CHECK (place >= 0),
            from_input_tokens INTEGER,
            input INTEGER NOT NULL,
            cached_input INTEGER,
            cache_write_5m INTEGER,
            cache_write_1h INTEGER,
            output INTEGER NOT NULL,
            reasoning INTEGER,
            PRIMARY KEY (price, place),
            CHECK ((place = 0) = (from_input_tokens IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE model (
            ordinal INTEGER PRIMARY KEY,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            quality_score REAL,
            context_window INTEGER,
            owner TEXT NOT NULL CHECK (owner IN ('file', 'api')),
            UNIQUE (provider, model)
        ) STRICT;

        CREATE TABLE setting (
            name TEXT PRIMARY KEY NOT NULL,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Records and events are JSON text; what is asked for by SQL stands in columns beside it.
        CREATE TABLE rollout (
            ordinal INTEGER PRIMARY KEY,
            rollout_id TEXT NOT NULL UNIQUE CHECK (length(rollout_id) BETWEEN 1 AND 128),
            route TEXT NOT NULL,
            is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)),
            record TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX rollout_one_open_per_route ON rollout (route) WHERE is_open = 1;

        CREATE TABLE rollout_evidence (
            rollout_id TEXT NOT NULL,
            sequence INTEGER NOT NULL CHECK (sequence > 0),
            event TEXT NOT NULL,
            PRIMARY KEY (rollout_id, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER rollout_evidence_no_update BEFORE UPDATE ON rollout_evidence
            BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;

        CREATE TABLE outbox (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            channel TEXT NOT NULL,
            kind TEXT NOT NULL,
            payload TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            next_attempt_at INTEGER NOT NULL,
            last_error TEXT
        ) STRICT;
        CREATE INDEX outbox_by_channel ON outbox (channel, sequence);

        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            reason TEXT NOT NULL,
            before TEXT,
            after TEXT,
            hash TEXT NOT NULL CHECK (length(hash) = 64)
        ) STRICT;
        CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
        CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

        -- One row per settled attempt, written once. Attempts in flight live in open_attempt.
        CREATE TABLE ledger (
            row INTEGER PRIMARY KEY,
            request BLOB NOT NULL CHECK (length(request) = 16),
            attempt INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            day INTEGER NOT NULL,
            endpoint TEXT NOT NULL,
            is_stream INTEGER NOT NULL CHECK (is_stream IN (0, 1)),
            key_id TEXT,
            route TEXT,
            bucket INTEGER,
            unit_source TEXT,
            status INTEGER NOT NULL,
            ending TEXT NOT NULL,
            request_duration INTEGER NOT NULL,
            purpose TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            version TEXT NOT NULL,
            started_after INTEGER NOT NULL,
            duration INTEGER NOT NULL,
            first_token INTEGER,
            provider_status INTEGER,
            error_class TEXT,
            fresh_input INTEGER,
            cached_input INTEGER,
            cache_write_5m INTEGER,
            cache_write_1h INTEGER,
            output INTEGER,
            reasoning INTEGER,
            is_inconsistent INTEGER,
            is_estimated INTEGER,
            -- A list of texts after IN is made into a table for every row, which costs more than the row.
            cost_kind TEXT NOT NULL
                CHECK (cost_kind = 'known' OR cost_kind = 'unpriced' OR cost_kind = 'unknown'),
            cost INTEGER,
            UNIQUE (request, attempt),
            CHECK ((cost_kind = 'known') = (cost IS NOT NULL)),
            CHECK (
                (fresh_input IS NOT NULL AND cached_input IS NOT NULL AND cache_write_5m IS NOT NULL
                    AND cache_write_1h IS NOT NULL AND output IS NOT NULL AND reasoning IS NOT NULL
                    AND is_inconsistent IS NOT NULL AND is_estimated IS NOT NULL)
                OR (fresh_input IS NULL AND cached_input IS NULL AND cache_write_5m IS NULL
                    AND cache_write_1h IS NULL AND output IS NULL AND reasoning IS NULL
                    AND is_inconsistent IS NULL AND is_estimated IS NULL)
            )
        ) STRICT;
        CREATE INDEX ledger_by_time ON ledger (started_at);
        CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
        CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

        CREATE TABLE open_attempt (
            request BLOB NOT NULL CHECK (length(request) = 16),
            attempt INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            purpose TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            version TEXT NOT NULL,
            route TEXT NOT NULL,
            key_id TEXT,
            PRIMARY KEY (request, attempt)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE journal_node (
            node TEXT PRIMARY KEY NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE journal_position (
            node TEXT NOT NULL REFERENCES journal_node (node) ON DELETE CASCADE,
            segment TEXT NOT NULL,
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            PRIMARY KEY (node, segment)
        ) STRICT, WITHOUT ROWID;
        """
}

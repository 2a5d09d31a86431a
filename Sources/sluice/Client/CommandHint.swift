// SPDX-License-Identifier: Apache-2.0

/// What the server advises, for people in a terminal: its calls as commands.
enum CommandHint {
    /// The text without the paths that stand beside commands, and with calls such as `POST /v1/admin/rollouts/r1/abort` written
    /// as `sluice rollout abort r1`.
    static func text(_ hint: String) -> String {
        var text = hint
        text.replace(#/` \((GET|POST|PUT|PATCH|DELETE) /v1/admin/[^)]*\)/#) { _ in "`" }
        text.replace(#/--force \("force": true\)/#) { _ in "--force" }
        text.replace(#/POST /v1/admin/versions/([^/ ]+)/transition \{"target_state": "([a-z]+)"\}/#) {
            "sluice version transition \($0.1) \($0.2)"
        }
        text.replace(#/POST /v1/admin/versions/register/#) { _ in "sluice version register" }
        text.replace(#/POST /v1/admin/(rollout|version)s/([^/ ]+)/([a-z]+)/#) { "sluice \($0.1) \($0.3) \($0.2)" }
        text.replace(#/PATCH /v1/admin/versions/([^/ ]+)/([a-z]+)/#) { "sluice version \($0.2) \($0.1)" }
        text.replace(#/POST /v1/admin/rollouts/#) { _ in "sluice rollout start VERSION" }
        text.replace(#/GET /v1/admin/(rollout|version|route|provider|key|price)s/#) { "sluice \($0.1) list" }
        text.replace(#/\bstart with "force": true/#) { _ in "start with --force" }
        text.replace(#/ /(pause|promote|abort|resume|approve|retry|undo)\b/#) { " `\($0.1)`" }
        return text
    }
}

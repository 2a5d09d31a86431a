// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceNode

/// A configuration file: taken, or refused with a reason.
func fuzzConfiguration(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(ConfigurationFileError) {
        _ = try NodeConfiguration.read(
            text,
            file: "/etc/sluice/sluice.yaml",
            environment: ["KEY": "sk-proj-4f8a1c"],
            now: Timestamp(milliseconds: 1_000)
        )
    } catch {
        check(!error.problems.isEmpty, "refused without a reason")
    }
}

/// A caller's key: the public part is found in well-formed ones only.
func fuzzKeys(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let id = KeyText.id(in: Substring(text).utf8) else { return }
    check(text.utf8.count >= 60 && id.count == 8, "a key of another form passed")
}

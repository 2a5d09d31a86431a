// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The time zones there are, by their names; each is read once.
package final class ZoneBook: Sendable {
    /// Why there is no zone of a name, in words that follow it: `there is no time zone "Europe/Berln"…`.
    package struct Missing: Error, Sendable, Equatable {
        package let text: String

        package init(_ text: String) { self.text = text }
    }

    private let load: @Sendable (String) -> Result<[UInt8], Missing>
    private let known = Mutex<[String: ZoneRules]>([:])

    /// - Parameter load: the bytes of a zone's TZif file; called with names that are safe in paths alone.
    package init(load: @escaping @Sendable (String) -> Result<[UInt8], Missing>) { self.load = load }

    /// Knows fixed distances from UTC alone.
    package static let fixed = ZoneBook { name in
        .failure(Missing("the time zone \"\(name)\" is not known here; give a distance from UTC such as +08:00"))
    }

    /// `UTC`, `+08:00` or `Europe/Berlin`.
    package func zone(_ text: String) throws(Missing) -> BudgetZone {
        if let fixed = BudgetZone(text) { return fixed }
        guard ZoneBook.isName(text) else {
            throw Missing("must be UTC, a distance from it such as +08:00, or a time zone such as Europe/Berlin")
        }
        if let rules = known.withLock({ $0[text] }) { return BudgetZone(rules) }
        let bytes = try load(text).get()
        do throws(ZoneRules.Fault) {
            let rules = try ZoneRules(name: text, tzif: bytes)
            known.withLock { $0[text] = rules }
            return BudgetZone(rules)
        } catch {
            throw Missing("the file of the time zone \"\(text)\" cannot be used: \(error.text)")
        }
    }

    /// Words with slashes between them, none of which leads out of a folder.
    private static func isName(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count) else { return false }
        return text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, (first | 0x20) >= UInt8(ascii: "a"), (first | 0x20) <= UInt8(ascii: "z")
            else { return false }
            return part.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "+-_".unicodeScalars.contains(scalar))
            }
        }
    }
}

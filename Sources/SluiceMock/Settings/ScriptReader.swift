// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore

extension Script {
    /// Reads `{status, headers, writes, writes_base64, pause, ending}`.
    init(_ value: JSONValue, field: String) throws(SettingsError) {
        guard let object = value.object else {
            throw SettingsError(field: field, expected: "an object with status, headers, writes, pause, ending")
        }
        status = 200
        headers = []
        writes = []
        pause = .zero
        ending = .clean
        for (name, value) in object.members {
            try set(name, to: value, at: "\(field).\(name)")
        }
    }

    private mutating func set(_ name: String, to value: JSONValue, at field: String) throws(SettingsError) {
        switch name {
        case "status":
            guard let number = value.wholeNumber, (200...599).contains(number) else {
                throw SettingsError(field: field, expected: "a status from 200 to 599")
            }
            status = number
        case "headers":
            guard let object = value.object else {
                throw SettingsError(field: field, expected: "an object of strings")
            }
            headers = object.members.compactMap { member in member.value.string.map { (member.name, $0) } }
        case "writes":
            guard let list = value.array else { throw SettingsError(field: field, expected: "a list of strings") }
            writes = list.compactMap { $0.string.map { Array($0.utf8) } }
        case "writes_base64":
            let decoded = value.array?.map { $0.string.flatMap { Data(base64Encoded: $0) } } ?? [nil]
            guard decoded.allSatisfy({ $0 != nil }) else {
                throw SettingsError(field: field, expected: "a list of base64 strings")
            }
            writes = decoded.compactMap { $0.map { Array($0) } }
        case "pause":
            guard let text = value.string, case .fixed(let milliseconds)? = Spread(text, unit: .milliseconds) else {
                throw SettingsError(field: field, expected: "a duration like 5ms")
            }
            pause = .microseconds(Int64(Swift.min(milliseconds, 3_600_000) * 1_000))
        case "ending":
            guard let ending = value.string.flatMap(Ending.init(rawValue:)) else {
                throw SettingsError(field: field, expected: "clean, cut, reset or hang")
            }
            self.ending = ending
        default:
            throw SettingsError(field: field, expected: "one of status, headers, writes, writes_base64, pause, ending")
        }
    }
}

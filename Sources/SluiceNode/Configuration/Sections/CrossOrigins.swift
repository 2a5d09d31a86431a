// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension ConfigurationReader {
    /// Pages in browsers that may read answers; every page where the file says nothing, none with an empty list.
    func crossOrigins(_ field: ConfigurationField?) -> [String] {
        guard let origins = field?.section(["origins"])?.present("origins") else { return ["*"] }
        return origins.list().compactMap { field in
            guard let text = field.filledText() else { return nil }
            guard text == "*" || isOrigin(text) else {
                field.fail("must be \"*\" or an origin such as https://app.example (no path), is '\(text)'")
                return nil
            }
            return text
        }
    }

    /// `scheme://host[:port]`, as browsers write it.
    private func isOrigin(_ text: String) -> Bool {
        guard let mark = text.firstRange(of: "://"), mark.lowerBound > text.startIndex, text.utf8.count <= 1_024 else {
            return false
        }
        let host = text[mark.upperBound...]
        return !host.isEmpty && !host.contains("/")
            && text.utf8.allSatisfy { $0.isVisibleASCII && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// What is read in, and changed of, an answer about things that a provider keeps for an account which several callers share.
package enum StoredAnswer {
    /// The answer as its caller may see it.
    ///
    /// Of a list, the elements that are his, and the ids of the first and last of those. Where the results of a batch lie is told as a path, since the provider's own
    /// address knows no caller's key.
    ///
    /// - Returns: `nil` where it is no JSON object.
    package static func shown(_ body: RawSpan, isList: Bool, isOwn: (String) -> Bool) -> [UInt8]? {
        let text = body.copy(0..<body.byteCount)
        guard let item = JSONItem(checking: text), item.kind == .object else { return nil }
        let ids = isList ? ids(in: item, isOwn) : []
        var edits = [(range: Range<Int>, new: [UInt8])]()
        var members = item.members
        while let member = members.next() {
            if isList, member.isNamed("data"), member.value.kind == .array {
                edits.append((member.value.range, own(of: member.value, isOwn)))
            } else if isList, member.isNamed("first_id") {
                edits.append((member.value.range, idText(ids.first)))
            } else if isList, member.isNamed("last_id") {
                edits.append((member.value.range, idText(ids.last)))
            } else if member.isNamed("results_url"), let path = path(of: member.value) {
                edits.append((member.value.range, path))
            }
        }
        var shown: [UInt8] = []
        var start = 0
        for edit in edits {
            shown += text[start..<edit.range.lowerBound]
            shown += edit.new
            start = edit.range.upperBound
        }
        return shown + text[start...]
    }

    /// The ids of a list's elements that are his.
    private static func ids(in item: JSONItem, _ isOwn: (String) -> Bool) -> [String] {
        var ids: [String] = []
        guard var elements = item["data"]?.elements else { return ids }
        while let element = elements.next() {
            if let id = element.value["id"]?.string, isOwn(id) { ids.append(id) }
        }
        return ids
    }

    private static func idText(_ id: String?) -> [UInt8] {
        var text: [UInt8] = []
        guard let id else { return Array("null".utf8) }
        JSONString.append(id, to: &text)
        return text
    }

    private static func own(of list: JSONItem, _ isOwn: (String) -> Bool) -> [UInt8] {
        var shown: [UInt8] = [.openBracket]
        var elements = list.elements
        while let element = elements.next() {
            guard let id = element.value["id"]?.string, isOwn(id) else { continue }
            if shown.count > 1 { shown.append(.comma) }
            var start = element.value.range.lowerBound
            if let url = element.value["results_url"], let path = path(of: url) {
                shown += list.text[start..<url.range.lowerBound]
                shown += path
                start = url.range.upperBound
            }
            shown += list.text[start..<element.value.range.upperBound]
        }
        return shown + [.closeBracket]
    }

    /// `"https://host/v1/…"` without its host.
    private static func path(of value: JSONItem) -> [UInt8]? {
        guard let url = value.string, let scheme = url.firstRange(of: "://"),
            let slash = url[scheme.upperBound...].firstIndex(of: "/")
        else { return nil }
        var path: [UInt8] = []
        JSONString.append(String(url[slash...]), to: &path)
        return path
    }

    /// Further ids that an answer names of what its caller has made: files with the results of batches, the file that an
    /// upload has become.
    package static func furtherIDs(_ body: RawSpan) -> [String] {
        guard let item = JSONItem(checking: body.copy(0..<body.byteCount)) else { return [] }
        var ids = ids(of: item)
        if var elements = item["data"]?.elements {
            while let element = elements.next() { ids += self.ids(of: element.value) }
        }
        return ids
    }

    private static func ids(of item: JSONItem) -> [String] {
        [item["output_file_id"], item["error_file_id"], item["file"]?["id"]].compactMap { $0?.string }.filter {
            !$0.isEmpty
        }
    }
}

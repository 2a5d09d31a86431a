// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Members that a version sets inside one object of a body's top level, such as `reasoning.effort`; places in a plan's text.
struct MemberGroup: Sendable {
    /// The object's name, and another spelling of it, which is the same where there is none.
    private let name: Range<Int>
    private let alias: Range<Int>
    /// `,"name":{…}`, to be put after the last member of the top level.
    private let insertion: Range<Int>
    private let members: [Member]

    private struct Member: Sendable {
        var name: Range<Int>
        var alias: Range<Int>
        var json: Range<Int>
        /// `"name":value` and the comma behind it.
        var insertion: Range<Int>
        var isForced: Bool
    }

    /// A member to be set, by its name, another spelling of that, and its JSON text.
    struct Setting {
        var name: String
        var alias: String?
        var json: [UInt8]
        var isForced: Bool
    }

    /// - Returns: `nil` where nothing is set.
    init?(_ name: String, alias: String? = nil, _ settings: [Setting], in text: inout PlanText) {
        guard !settings.isEmpty else { return nil }
        self.name = text.add(name)
        self.alias = alias.map { text.add($0) } ?? self.name
        members = settings.map { setting in
            let name = text.add(setting.name)
            let insertion = text.add { bytes in
                JSONString.append(setting.name, to: &bytes)
                bytes.append(.colon)
                bytes.append(contentsOf: setting.json)
                bytes.append(.comma)
            }
            let end = insertion.upperBound - 1
            return Member(
                name: name,
                alias: setting.alias.map { text.add($0) } ?? name,
                json: (end - setting.json.count)..<end,
                insertion: insertion,
                isForced: setting.isForced
            )
        }
        insertion = text.add { bytes in
            bytes.append(.comma)
            JSONString.append(name, to: &bytes)
            bytes.append(contentsOf: [.colon, .openBrace])
            for (index, setting) in settings.enumerated() {
                if index > 0 { bytes.append(.comma) }
                JSONString.append(setting.name, to: &bytes)
                bytes.append(.colon)
                bytes.append(contentsOf: setting.json)
            }
            bytes.append(.closeBrace)
        }
    }

    /// Sets the members in a body, whose facts list its top level.
    func set(_ rewrite: inout RequestRewrite, in text: [UInt8], _ facts: CallFacts, _ body: RawSpan) throws(Refusal) {
        guard let object = try object(in: text, facts, body) else {
            // Without a comma where nothing stands before it.
            rewrite.put(facts.memberCount > 0 ? insertion : insertion.dropFirst(), over: facts.end..<facts.end)
            return
        }
        switch body.byte(object.lowerBound) {
        case UInt8(ascii: "n"):
            // Behind the comma, the name with its quotes, and the colon.
            rewrite.put(insertion.dropFirst(1 + name.count + 2 + 1), over: object)
        case .openBrace:
            // The pass has checked the text, so that the walk can only find what must not be there.
            let found: (places: [Range<Int>?], isEmpty: Bool)
            do throws(JSONFault) {
                found = try places(in: object, text, body)
            } catch {
                throw Refusal(.badRequest, "The object \(shown(name, text)) cannot be read.", param: shown(name, text))
            }
            try apply(found.places, isEmpty: found.isEmpty, object, &rewrite, text)
        default: return
        }
    }

    /// Where the object stands.
    private func object(in text: [UInt8], _ facts: CallFacts, _ body: RawSpan) throws(Refusal) -> Range<Int>? {
        var found: Range<Int>?
        for index in 0..<facts.memberCount {
            let member = facts.member(index)
            var isIt = body.equals(text, name, in: member.name) || body.equals(text, alias, in: member.name)
            if !isIt, facts.hasEscapedNames, body.holds(.backslash, in: member.name) {
                let plain = Array(JSONText.unescaped(body, member.name).utf8)
                isIt = text[name].elementsEqual(plain) || text[alias].elementsEqual(plain)
                if isIt { throw twice(name, text, "must be written without escapes") }
            }
            guard isIt else { continue }
            guard found == nil else { throw twice(name, text, "stands more than once") }
            found = member.value
        }
        return found
    }

    /// Where the members stand in the object, by their numbers; one that stands twice has an empty place.
    private func places(
        in object: Range<Int>,
        _ text: [UInt8],
        _ body: RawSpan
    ) throws(JSONFault) -> (places: [Range<Int>?], isEmpty: Bool) {
        var places = [Range<Int>?](repeating: nil, count: members.count)
        var cursor = JSONCursor(at: object.lowerBound)
        guard try cursor.enter(body, closing: .closeBrace) else { return (places, true) }
        repeat {
            let name = try cursor.name(body)
            _ = try cursor.peek(body)
            let start = cursor.position
            try cursor.skipValue(body, depth: 2)
            let plain = name.hasEscape ? Array(JSONText.unescaped(body, name.range).utf8) : []
            for (index, member) in members.enumerated() {
                let isIt =
                    name.hasEscape
                    ? text[member.name].elementsEqual(plain) || text[member.alias].elementsEqual(plain)
                    : body.equals(text, member.name, in: name.range) || body.equals(text, member.alias, in: name.range)
                guard isIt else { continue }
                places[index] = places[index] == nil ? start..<cursor.position : start..<start
            }
        } while try cursor.next(body, closing: .closeBrace)
        return (places, false)
    }

    private func apply(
        _ places: [Range<Int>?],
        isEmpty: Bool,
        _ object: Range<Int>,
        _ rewrite: inout RequestRewrite,
        _ text: [UInt8]
    ) throws(Refusal) {
        let inside = object.lowerBound + 1
        var missing: [Range<Int>] = []
        for (member, place) in zip(members, places) {
            guard let place else {
                missing.append(member.insertion)
                continue
            }
            guard !place.isEmpty else {
                throw twice(member.name, text, "stands more than once in \(shown(name, text))")
            }
            if member.isForced { rewrite.put(member.json, over: place) }
        }
        for (index, insertion) in missing.enumerated() {
            let isLast = isEmpty && index == missing.count - 1
            rewrite.put(isLast ? insertion.dropLast() : insertion, over: inside..<inside)
        }
    }

    private func shown(_ name: Range<Int>, _ text: [UInt8]) -> String { String(decoding: text[name], as: UTF8.self) }

    private func twice(_ name: Range<Int>, _ text: [UInt8], _ what: String) -> Refusal {
        Refusal(.duplicateField, "The field \(shown(name, text)) \(what); send it once.", param: shown(name, text))
    }
}

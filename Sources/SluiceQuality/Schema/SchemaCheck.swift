// SPDX-License-Identifier: Apache-2.0

/// What subschemas have looked at, for `unevaluatedItems` and `unevaluatedProperties`.
struct Evaluated: Sendable {
    var hasAllItems = false
    /// The first so many.
    var firstItems = 0
    var items: Set<Int> = []
    var hasAllMembers = false
    var members: Set<Int> = []

    mutating func formUnion(_ other: Evaluated) {
        hasAllItems = hasAllItems || other.hasAllItems
        firstItems = max(firstItems, other.firstItems)
        items.formUnion(other.items)
        hasAllMembers = hasAllMembers || other.hasAllMembers
        members.formUnion(other.members)
    }
}

/// One check of one value.
struct SchemaCheck {
    private let nodes: [SchemaNode]
    private let resources: [SchemaResource]
    private var budget: Int
    private var depth = 0
    /// Resources that the check is in, the outermost first.
    private var scope: [Int] = []
    private var path: [Step] = []
    /// Inside `not`, `if` and the like, where a failure fails nothing.
    private var quiet = 0
    private(set) var failure: JSONSchema.Failure?
    private(set) var fault: String?

    private enum Step {
        case member([UInt8])
        case item(Int)
    }

    init(_ schema: JSONSchema, budget: Int) {
        nodes = schema.nodes
        resources = schema.resources
        self.budget = budget
    }

    /// Whether a value satisfies a node: what was looked at if so, `nil` if not, or where it cannot be told (`fault`).
    ///
    /// - Parameter evaluated: not `nil` where the caller wants to know what was looked at.
    mutating func fits(_ id: Int, _ value: ExactJSON, evaluated wanted: Evaluated?) -> Evaluated? {
        budget -= 1
        guard fault == nil else { return nil }
        guard budget > 0 else { return give("the check takes too many steps") }
        guard depth < JSONSchema.deepest else {
            return give("the schema refers to itself without end, or is nested too deeply")
        }
        if let always = nodes[id].rules.always { return always ? Evaluated() : fail("false") }
        depth += 1
        let isEntered = scope.last != nodes[id].rules.resource
        if isEntered { scope.append(nodes[id].rules.resource) }
        defer {
            depth -= 1
            if isEntered { scope.removeLast() }
        }
        let keeps =
            wanted != nil || nodes[id].rules.unevaluatedItems != nil || nodes[id].rules.unevaluatedMembers != nil
        var evaluated = Evaluated()
        guard assertions(id, value), inPlace(id, value, keeps, &evaluated) else { return nil }
        switch value {
        case .array(let items): guard self.items(id, items, keeps, &evaluated) else { return nil }
        case .object(let object): guard members(id, object, keeps, &evaluated) else { return nil }
        default: break
        }
        return evaluated
    }

    private mutating func give(_ message: String) -> Evaluated? {
        if fault == nil { fault = message }
        return nil
    }

    private mutating func fail(_ keyword: StaticString) -> Evaluated? {
        _ = failed(keyword)
        return nil
    }

    /// Notes the first failure that counts; always `false`.
    private mutating func failed(_ keyword: StaticString) -> Bool {
        guard quiet == 0, failure == nil, fault == nil else { return false }
        var pointer: [UInt8] = []
        for step in path {
            switch step {
            case .member(let name): pointer = JSONPointer.appended(pointer, name)
            case .item(let index): pointer = JSONPointer.appended(pointer, Array(String(index).utf8))
            }
        }
        failure = JSONSchema.Failure(keyword: keyword.description, place: String(decoding: pointer, as: UTF8.self))
        return false
    }

    private mutating func fitsQuietly(_ id: Int, _ value: ExactJSON, _ keeps: Bool) -> Evaluated? {
        quiet += 1
        defer { quiet -= 1 }
        return fits(id, value, evaluated: keeps ? Evaluated() : nil)
    }

    // MARK: Assertions

    private mutating func assertions(_ id: Int, _ value: ExactJSON) -> Bool {
        if let types = nodes[id].rules.types, !SchemaCheck.has(value, types) { return failed("type") }
        if let allowed = nodes[id].rules.allowed, !allowed.contains(value) { return failed("enum") }
        if let constant = nodes[id].rules.constant, constant != value { return failed("const") }
        switch value {
        case .number(let number): return numeric(id, number)
        case .string(let text): return textual(id, text)
        default: return true
        }
    }

    private static func has(_ value: ExactJSON, _ types: Set<SchemaType>) -> Bool {
        switch value {
        case .null: types.contains(.null)
        case .bool: types.contains(.boolean)
        case .object: types.contains(.object)
        case .array: types.contains(.array)
        case .string: types.contains(.string)
        case .number(let number): types.contains(.number) || (number.isInteger && types.contains(.integer))
        }
    }

    private mutating func numeric(_ id: Int, _ number: ExactNumber) -> Bool {
        if let limit = nodes[id].rules.maximum, number > limit { return failed("maximum") }
        if let limit = nodes[id].rules.exclusiveMaximum, number >= limit { return failed("exclusiveMaximum") }
        if let limit = nodes[id].rules.minimum, number < limit { return failed("minimum") }
        if let limit = nodes[id].rules.exclusiveMinimum, number <= limit { return failed("exclusiveMinimum") }
        guard let divisor = nodes[id].rules.multipleOf else { return true }
        budget -= number.digits.count / 16
        guard let isMultiple = number.isMultiple(of: divisor) else {
            return give("multipleOf has more than \(ExactNumber.longestDivisor) digits, or is 0") != nil
        }
        return isMultiple ? true : failed("multipleOf")
    }

    private mutating func textual(_ id: Int, _ text: [UInt8]) -> Bool {
        if nodes[id].rules.longest != nil || nodes[id].rules.shortest != nil {
            let length = text.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
            if let longest = nodes[id].rules.longest, length > longest { return failed("maxLength") }
            if let shortest = nodes[id].rules.shortest, length < shortest { return failed("minLength") }
        }
        guard let pattern = nodes[id].rules.pattern else { return true }
        guard let matches = matches(pattern, text) else { return false }
        return matches ? true : failed("pattern")
    }

    private mutating func matches(_ pattern: SchemaPattern, _ text: [UInt8]) -> Bool? {
        switch pattern {
        case .failure(let problem):
            _ = give(problem.message)
            return nil
        case .success(let pattern):
            let matches = pattern.matches(String(decoding: text, as: UTF8.self), budget: &budget)
            if matches == nil { _ = give("the check takes too many steps") }
            return matches
        }
    }

    // MARK: In place

    private mutating func inPlace(_ id: Int, _ value: ExactJSON, _ keeps: Bool, _ evaluated: inout Evaluated) -> Bool {
        if let target = nodes[id].rules.reference {
            guard take(target, value, keeps, &evaluated) else { return false }
        }
        if let reference = nodes[id].rules.dynamicReference {
            let target = reference.name.flatMap(replacement) ?? reference.target
            guard take(target, value, keeps, &evaluated) else { return false }
        }
        for part in nodes[id].rules.all { guard take(part, value, keeps, &evaluated) else { return false } }
        if !nodes[id].rules.any.isEmpty {
            var isFound = false
            for part in nodes[id].rules.any {
                guard let looked = fitsQuietly(part, value, keeps) else { continue }
                evaluated.formUnion(looked)
                isFound = true
                if !keeps { break }
            }
            guard isFound else { return failed("anyOf") }
        }
        if !nodes[id].rules.one.isEmpty {
            var count = 0
            for part in nodes[id].rules.one where count < 2 {
                guard let looked = fitsQuietly(part, value, keeps) else { continue }
                evaluated.formUnion(looked)
                count += 1
            }
            guard count == 1 else { return failed("oneOf") }
        }
        if let part = nodes[id].rules.isNot, fitsQuietly(part, value, false) != nil { return failed("not") }
        if let condition = nodes[id].rules.condition {
            if let looked = fitsQuietly(condition, value, keeps) {
                evaluated.formUnion(looked)
                if let part = nodes[id].rules.consequence { return take(part, value, keeps, &evaluated) }
            } else if let part = nodes[id].rules.alternative {
                return take(part, value, keeps, &evaluated)
            }
        }
        return fault == nil
    }

    /// Takes what a part has looked at; whether the value satisfies it.
    private mutating func take(_ id: Int, _ value: ExactJSON, _ keeps: Bool, _ evaluated: inout Evaluated) -> Bool {
        guard let looked = fits(id, value, evaluated: keeps ? Evaluated() : nil) else { return false }
        if keeps { evaluated.formUnion(looked) }
        return true
    }

    /// The outermost schema of the resources the check is in that has a dynamic anchor of this name.
    private func replacement(_ name: [UInt8]) -> Int? {
        for resource in scope {
            if let node = resources[resource].dynamicAnchors[name] { return node }
        }
        return nil
    }

    // MARK: Arrays and objects

    private mutating func items(_ id: Int, _ items: [ExactJSON], _ keeps: Bool, _ evaluated: inout Evaluated) -> Bool {
        if let most = nodes[id].rules.mostItems, items.count > most { return failed("maxItems") }
        if let fewest = nodes[id].rules.fewestItems, items.count < fewest { return failed("minItems") }
        if nodes[id].rules.hasUniqueItems {
            budget -= items.count
            if Set(items).count < items.count { return failed("uniqueItems") }
        }
        let first = nodes[id].rules.firstItems
        for (index, (node, item)) in zip(first, items).enumerated() {
            guard descend(.item(index), node, item) else { return false }
        }
        evaluated.firstItems = max(evaluated.firstItems, min(first.count, items.count))
        if let node = nodes[id].rules.items {
            for index in items.indices.dropFirst(first.count) {
                guard descend(.item(index), node, items[index]) else { return false }
            }
            evaluated.hasAllItems = true
        }
        if let node = nodes[id].rules.contains {
            var count = 0
            for (index, item) in items.enumerated() {
                guard fitsQuietly(node, item, false) != nil else { continue }
                count += 1
                if keeps { evaluated.items.insert(index) }
            }
            guard fault == nil else { return false }
            if count < nodes[id].rules.fewestContained { return failed("contains") }
            if let most = nodes[id].rules.mostContained, count > most { return failed("maxContains") }
        }
        guard let node = nodes[id].rules.unevaluatedItems, !evaluated.hasAllItems else { return true }
        for index in items.indices.dropFirst(evaluated.firstItems) where !evaluated.items.contains(index) {
            guard descend(.item(index), node, items[index]) else { return failed("unevaluatedItems") }
        }
        evaluated.hasAllItems = true
        return true
    }

    private mutating func members(_ id: Int, _ object: ExactObject, _ keeps: Bool, _ evaluated: inout Evaluated) -> Bool
    {
        if let most = nodes[id].rules.mostMembers, object.count > most { return failed("maxProperties") }
        if let fewest = nodes[id].rules.fewestMembers, object.count < fewest { return failed("minProperties") }
        for name in nodes[id].rules.required where object[name] == nil { return failed("required") }
        for (name, required) in nodes[id].rules.dependentRequired where object[name] != nil {
            for other in required where object[other] == nil { return failed("dependentRequired") }
        }
        for (name, node) in nodes[id].rules.dependentSchemas where object[name] != nil {
            guard take(node, .object(object), keeps, &evaluated) else { return false }
        }
        if let node = nodes[id].rules.names {
            for name in object.names {
                guard descend(.member(name), node, .string(name)) else { return failed("propertyNames") }
            }
        }
        guard named(id, object, keeps, &evaluated) else { return false }
        guard let node = nodes[id].rules.unevaluatedMembers, !evaluated.hasAllMembers else { return true }
        for (place, name) in object.names.enumerated() where !evaluated.members.contains(place) {
            guard descend(.member(name), node, object.values[place]) else { return failed("unevaluatedProperties") }
        }
        evaluated.hasAllMembers = true
        return true
    }

    private mutating func named(_ id: Int, _ object: ExactObject, _ keeps: Bool, _ evaluated: inout Evaluated) -> Bool {
        guard
            !nodes[id].rules.members.isEmpty || !nodes[id].rules.patternMembers.isEmpty
                || nodes[id].rules.otherMembers != nil
        else { return true }
        for (place, name) in object.names.enumerated() {
            var isKnown = false
            if let node = nodes[id].rules.members[name] {
                isKnown = true
                guard descend(.member(name), node, object.values[place]) else { return false }
            }
            for (pattern, node) in nodes[id].rules.patternMembers {
                guard let matches = matches(pattern, name) else { return false }
                guard matches else { continue }
                isKnown = true
                guard descend(.member(name), node, object.values[place]) else { return false }
            }
            if !isKnown, let node = nodes[id].rules.otherMembers {
                isKnown = true
                guard descend(.member(name), node, object.values[place]) else { return failed("additionalProperties") }
            }
            if isKnown, keeps { evaluated.members.insert(place) }
        }
        return true
    }

    private mutating func descend(_ step: Step, _ id: Int, _ value: ExactJSON) -> Bool {
        path.append(step)
        defer { path.removeLast() }
        return fits(id, value, evaluated: nil) != nil
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A JSON value under construction, shared by the containers that fill it.
final class JSONNode {
    enum Content {
        case empty
        case value(JSONValue)
        case object([(name: String, node: JSONNode)])
        case array([JSONNode])
    }

    var content = Content.empty

    init() {}

    init(boxing shape: any Encodable) throws {
        switch shape {
        case let text as String: content = .value(.string(text))
        case let flag as Bool: content = .value(.bool(flag))
        case let number as Double: content = .value(.double(number))
        case let number as any FixedWidthInteger: content = .value(.integer("\(number)"))
        case let dictionary as [String: any Encodable]:
            content = .object(
                try dictionary.sorted { $0.key < $1.key }.map { ($0.key, try JSONNode(boxing: $0.value)) }
            )
        default: try shape.encode(to: JSONNodeEncoder(node: self, codingPath: []))
        }
    }

    var value: JSONValue {
        switch content {
        case .empty: return .object(JSONObject())
        case .value(let value): return value
        case .array(let nodes): return .array(nodes.map(\.value))
        case .object(let members):
            var object = JSONObject()
            for member in members { object[member.name] = member.node.value }
            return .object(object)
        }
    }

    func append(_ node: JSONNode, named name: String) {
        if case .object(var members) = content {
            content = .empty
            members.append((name, node))
            content = .object(members)
        } else {
            content = .object([(name, node)])
        }
    }

    func append(_ node: JSONNode) {
        if case .array(var nodes) = content {
            content = .empty
            nodes.append(node)
            content = .array(nodes)
        } else {
            content = .array([node])
        }
    }

    var count: Int { if case .array(let nodes) = content { nodes.count } else { 0 } }
}

/// Writes an `Encodable` into a node.
struct JSONNodeEncoder: Encoder {
    let node: JSONNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .empty = node.content { node.content = .object([]) }
        return KeyedEncodingContainer(KeyedNodes(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .empty = node.content { node.content = .array([]) }
        return UnkeyedNodes(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleNode(node: node, codingPath: codingPath) }
}

private struct KeyedNodes<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: JSONNode
    let codingPath: [any CodingKey]

    mutating func encodeNil(forKey key: Key) throws { add(.null, key) }

    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        node.append(try JSONNode(boxing: value), named: key.stringValue)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        JSONNodeEncoder(node: child(key), codingPath: codingPath + [key]).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        JSONNodeEncoder(node: child(key), codingPath: codingPath + [key]).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { JSONNodeEncoder(node: node, codingPath: codingPath) }

    mutating func superEncoder(forKey key: Key) -> any Encoder {
        JSONNodeEncoder(node: child(key), codingPath: codingPath + [key])
    }

    private func add(_ value: JSONValue, _ key: Key) {
        let child = JSONNode()
        child.content = .value(value)
        node.append(child, named: key.stringValue)
    }

    private func child(_ key: Key) -> JSONNode {
        let child = JSONNode()
        node.append(child, named: key.stringValue)
        return child
    }
}

private struct UnkeyedNodes: UnkeyedEncodingContainer {
    let node: JSONNode
    let codingPath: [any CodingKey]
    var count: Int { node.count }

    mutating func encodeNil() throws {
        let child = JSONNode()
        child.content = .value(.null)
        node.append(child)
    }

    mutating func encode<Value: Encodable>(_ value: Value) throws { node.append(try JSONNode(boxing: value)) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        JSONNodeEncoder(node: child(), codingPath: codingPath).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        JSONNodeEncoder(node: child(), codingPath: codingPath).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { JSONNodeEncoder(node: child(), codingPath: codingPath) }

    private func child() -> JSONNode {
        let child = JSONNode()
        node.append(child)
        return child
    }
}

private struct SingleNode: SingleValueEncodingContainer {
    let node: JSONNode
    let codingPath: [any CodingKey]

    mutating func encodeNil() throws { node.content = .value(.null) }

    mutating func encode<Value: Encodable>(_ value: Value) throws { node.content = try JSONNode(boxing: value).content }
}
